//! Templates: a label with values in the place of its names is the message that it draws.
//!
//! Where the values come from is for whoever sends the message.

use serde_json::{Map, Value as Json};

use super::{
    member::{Member, Value},
    name::Name,
    reply::ReplyLabel,
    request::{RequestLabel, Segment},
};

impl RequestLabel {
    /// Returns the path with a value for each of its names.
    pub fn filled_path(&self, value_of: impl Fn(&Name) -> String) -> String {
        let segments = self.path.iter().map(|segment| match segment {
            Segment::Literal(text) => format!("/{text}"),
            Segment::Name(name) => format!("/{}", value_of(name)),
        });
        if self.path.is_empty() { "/".to_owned() } else { segments.collect() }
    }

    /// Returns the body with a value for each of its names.
    pub fn filled_body(&self, value_of: impl Fn(&Name) -> Json) -> Map<String, Json> {
        filled(&self.members, value_of)
    }
}

impl ReplyLabel {
    /// Returns the body with a value for each of its names.
    pub fn filled_body(&self, value_of: impl Fn(&Name) -> Json) -> Map<String, Json> {
        filled(&self.members, value_of)
    }
}

fn filled(members: &[Member], value_of: impl Fn(&Name) -> Json) -> Map<String, Json> {
    filled_by(members, &value_of)
}

fn filled_by(members: &[Member], value_of: &dyn Fn(&Name) -> Json) -> Map<String, Json> {
    let mut body = Map::new();
    for member in members {
        let value = match &member.value {
            Value::Literal(literal) => literal.clone(),
            Value::Name(name) => value_of(name),
            // What a text is for, only the name of the member tells.
            Value::Type(drawn) => drawn.sample().unwrap_or_else(|| value_of(&member.called())),
            Value::Objects(members) => Json::Array(vec![Json::Object(filled_by(members, value_of))]),
        };
        insert(&mut body, &member.path, value);
    }
    body
}

/// Puts a value where its path leads. What is drawn both as a value and as an object stays what it was drawn as first.
fn insert(body: &mut Map<String, Json>, path: &[String], value: Json) {
    match path {
        [] => {}
        [name] => {
            body.entry(name.clone()).or_insert(value);
        }
        [name, inner @ ..] => {
            let nested = body.entry(name.clone()).or_insert_with(|| Json::Object(Map::new()));
            if let Json::Object(nested) = nested {
                insert(nested, inner, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::label::Label, super::span::Span, *};

    fn label(text: &str) -> Label {
        Label::new(Span { text, start: 0 })
    }

    fn request(text: &str) -> RequestLabel {
        RequestLabel::read(&label(text)).unwrap().0
    }

    #[test]
    fn names_are_filled_and_literals_stay() {
        let drawn = request("POST /v1/ACXXXXX/x/{id} req.body.a.b=name req.body.a.c=1 req.body.d=true");
        let shouted = |name: &Name| name.text.to_uppercase();
        assert_eq!(drawn.filled_path(shouted), "/v1/ACXXXXX/x/ID");
        let body = drawn.filled_body(|name| shouted(name).into());
        assert_eq!(Json::Object(body), json!({"a": {"b": "NAME", "c": 1}, "d": true}));

        let (reply, _) = ReplyLabel::read(&label("{ok: false, who: {id, roles: roles_list}}")).unwrap();
        let body = reply.filled_body(|name| json!([name.text]));
        assert_eq!(Json::Object(body), json!({"ok": false, "who": {"id": ["id"], "roles": ["roles_list"]}}));

        let (reply, _) =
            ReplyLabel::read(&label("{token: string, n: number, roles: [{name: role}], l: string[]}")).unwrap();
        let body = reply.filled_body(|name| name.text.clone().into());
        let expected = json!({"token": "token", "n": 1, "roles": [{"name": "role"}], "l": ["some_text"]});
        assert_eq!(Json::Object(body), expected);
    }

    #[test]
    fn the_shortest_path_is_a_slash() {
        assert_eq!(request("GET /").filled_path(|_| String::new()), "/");
    }

    #[test]
    fn a_member_drawn_twice_is_what_was_drawn_first() {
        let twice = request("POST /x req.body.a.b=1 req.body.a=2 req.body.c=3 req.body.c.d=4 req.body.c=5");
        let body = twice.filled_body(|_| Json::Null);
        assert_eq!(Json::Object(body), json!({"a": {"b": 1}, "c": 3}));
    }
}
