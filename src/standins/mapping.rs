//! The same stubs for WireMock, the Java program: mapping files, as its documentation describes them.
//!
//! # Implementation Rationale
//!
//! WireMock's JSON paths do not tell a text from a number or an empty list from no match, so they only say which members
//! must be there or must not; what kind their values are of is said by a JSON schema beside them. A template may not put a
//! quotation mark into a `jsonBody`, so what came is not repeated in the 501: WireMock's journal has it.

use serde_json::{Map, Value, json};

use super::branch::Branch;
use super::cannot_stand_in::CannotStandIn;
use super::exchange::Exchange;
use super::script::check_names;
use super::values::{Fresh, Values, is_carried_over};
use crate::diagram::{Diagram, Kind, Member, Name, Segment, Type, Value as Drawn};
use crate::protocol::{Contract, Participant};

/// The services that can be stood in for, in the order in which a refresh reaches them.
const PLAYED: [Participant; 3] = [Participant::Orchestrator, Participant::FederatedAuth, Participant::ScopedAuth];

/// How a mapping says that hopcheck wrote it.
const WRITTEN_BY: &str = "hopcheck export wiremock";

/// A mapping file of WireMock.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// The root directory that WireMock is to be started with, such as `scoped-auth/refuses-token`.
    pub root: String,
    /// Its file in the `mappings` folder of that directory, such as `arrow-6.json`.
    pub file: String,
    /// What the file says.
    pub json: Value,
}

impl Mapping {
    /// Tells whether the text of a file is a mapping that hopcheck wrote, whatever it says.
    pub fn is_ours(text: &str) -> bool {
        serde_json::from_str::<Value>(text).is_ok_and(|json| json["metadata"]["writtenBy"] == WRITTEN_BY)
    }
}

/// Returns the mappings of every service and branch that the diagram draws, and why it lacks the others. Names have the
/// values given.
///
/// # Errors
///
/// Returns an error when nothing is drawn that could be stood in for, or when a name is given that no reply draws.
pub fn mappings(
    diagram: &Diagram,
    given: &[(String, Value)],
) -> Result<(Vec<Mapping>, Vec<CannotStandIn>), CannotStandIn> {
    let given: Vec<(Name, Value)> = given.iter().map(|(name, value)| (Name::new(name), value.clone())).collect();
    let mut mappings = Vec::new();
    let mut left_out = Vec::new();
    let mut drawn = Vec::new();
    for participant in PLAYED {
        for branch in Branch::ALL {
            match Exchange::drawn(diagram, participant, Some(branch), None) {
                Ok(exchanges) => {
                    mappings.extend(of_branch(participant, branch, &exchanges, &given));
                    drawn.extend(exchanges);
                }
                Err(reason) => left_out.push(reason),
            }
        }
    }
    if mappings.is_empty()
        && let Some(reason) = left_out.pop()
    {
        return Err(reason);
    }
    check_names(&given, &drawn)?;
    Ok((mappings, left_out))
}

fn of_branch(
    participant: Participant,
    branch: Branch,
    exchanges: &[Exchange],
    given: &[(Name, Value)],
) -> Vec<Mapping> {
    let root = format!("{}/{}", participant.key(), branch.deed(participant));
    let values = Values { given: given.to_vec(), branch };
    let status = branch.status(participant, &Contract::default());
    let expected = exchanges.iter().map(|exchange| Mapping {
        root: root.clone(),
        file: format!("arrow-{}.json", exchange.arrow),
        json: expected(participant, exchange, status, &values),
    });
    let unexpected =
        Mapping { root: root.clone(), file: "not-drawn.json".to_owned(), json: unexpected(participant, exchanges) };
    expected.chain([unexpected]).collect()
}

fn expected(participant: Participant, exchange: &Exchange, status: u16, values: &Values) -> Value {
    let body = body(exchange, values);
    let mut response = json!({"status": status, "headers": {"Content-Type": "application/json"}, "jsonBody": body});
    if body.to_string().contains("{{") {
        response["transformers"] = json!(["response-template"]);
    }
    let mut request = json!({"method": exchange.request.method.as_deref().unwrap_or("ANY"), "urlPathPattern": path_pattern(&exchange.request.path)});
    let patterns = body_patterns(exchange);
    if !patterns.is_empty() {
        request["bodyPatterns"] = patterns.into();
    }
    json!({
        "name": format!("{participant}, {}", exchange.named()),
        "request": request,
        "response": response,
        "metadata": {"writtenBy": WRITTEN_BY},
    })
}

fn unexpected(participant: Participant, exchanges: &[Exchange]) -> Value {
    let expected: Vec<String> = exchanges.iter().map(Exchange::expected).collect();
    let body = json!({
        "error": format!("{participant} is a stand-in, and the diagram does not draw this request"),
        "expected": expected,
        "came": "see /__admin/requests",
    });
    json!({
        "name": format!("{participant}, what is not drawn"),
        "priority": 10,
        "request": {"method": "ANY", "urlPattern": ".*"},
        "response": {"status": 501, "headers": {"Content-Type": "application/json"}, "jsonBody": body},
        "metadata": {"writtenBy": WRITTEN_BY},
    })
}

/// Returns the body of the reply, in which templates stand for what is new each time and for what the request says.
fn body(exchange: &Exchange, values: &Values) -> Value {
    let fresh = Fresh {
        expiration: "{{now offset='1 hours'}}".to_owned(),
        identity: "{{randomValue length=32 type='HEXADECIMAL'}}".to_owned(),
        token: "{{randomValue length=32 type='ALPHANUMERIC'}}-of-a-stand-in".to_owned(),
    };
    let in_path = exchange.request.path.iter().enumerate().filter_map(|(index, segment)| match segment {
        Segment::Name(name) => Some((name, format!("{{{{request.pathSegments.[{index}]}}}}"))),
        Segment::Literal(_) => None,
    });
    let in_body = exchange.request.members.iter().filter_map(|member| Some((member.name()?, template_of(member)?)));
    let asked: Vec<(&Name, String)> = in_path.chain(in_body).collect();
    let bound = |name: &Name| {
        let carried = asked.iter().find(|(asked, _)| is_carried_over(asked, name));
        carried.map(|(_, template)| template.clone().into())
    };
    let label = exchange.reply.as_ref().map(|reply| &reply.label);
    label.map(|label| label.filled_body(|name| values.of(name, &bound, &fresh))).unwrap_or_default().into()
}

/// Returns the template for a text of the request; none for a list, or where a key would have to be quoted.
fn template_of(member: &Member) -> Option<String> {
    let is_text = member.name().is_some_and(|name| name.kind != Kind::Texts);
    let is_word = |key: &String| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let path = member.path.join(".");
    (is_text && member.path.iter().all(is_word)).then(|| format!("{{{{jsonPath request.body '$.{path}'}}}}"))
}

fn path_pattern(path: &[Segment]) -> String {
    let segments = path.iter().map(|segment| match segment {
        Segment::Literal(text) => format!("/{}", escaped(text)),
        Segment::Name(name) if name.kind == Kind::AccountSid => "/AC[0-9a-f]{32}".to_owned(),
        Segment::Name(_) => "/[^/]+".to_owned(),
    });
    if path.is_empty() { "/".to_owned() } else { segments.collect() }
}

/// Escapes what means something in Java's regular expressions.
fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|c| (!c.is_alphanumeric() && !matches!(c, '-' | '_')).then_some('\\').into_iter().chain([c]))
        .collect()
}

fn body_patterns(exchange: &Exchange) -> Vec<Value> {
    let members = &exchange.request.members;
    let there = members.iter().map(|member| json!({"matchesJsonPath": format!("$[?(@{})]", brackets(member))}));
    let absent =
        exchange.forbidden.iter().map(|member| json!({"matchesJsonPath": format!("$[?(!@{})]", brackets(member))}));
    let mut patterns: Vec<Value> = there.chain(absent).collect();
    if !members.is_empty() {
        // As a text, since WireMock would otherwise read it as its own.
        patterns.push(json!({"matchesJsonSchema": schema(members).to_string(), "schemaVersion": "V202012"}));
    }
    patterns
}

/// Returns where a member stands, as in `['auth_account']['account_sid']`.
fn brackets(member: &Member) -> String {
    let quoted = |key: &String| key.replace('\\', "\\\\").replace('\'', "\\'");
    member.path.iter().flat_map(|key| ["['".to_owned(), quoted(key), "']".to_owned()]).collect()
}

/// Returns the schema of a body that has these members.
fn schema(members: &[Member]) -> Value {
    let mut schema = object_schema();
    for member in members {
        let leaf = match &member.value {
            Drawn::Literal(literal) => json!({"const": literal}),
            Drawn::Name(name) => kind_schema(name.kind),
            Drawn::Type(drawn) => type_schema(drawn),
            Drawn::Objects(members) => json!({"type": "array", "items": self::schema(members)}),
        };
        insert(&mut schema, &member.path, leaf, member.optional);
    }
    schema
}

fn type_schema(drawn: &Type) -> Value {
    match drawn {
        Type::Any => json!({}),
        Type::Text => json!({"type": "string"}),
        Type::Number => json!({"type": "number"}),
        Type::Boolean => json!({"type": "boolean"}),
        Type::Object => json!({"type": "object"}),
        Type::List(item) => json!({"type": "array", "items": type_schema(item)}),
        Type::Just(only) => json!({"const": only}),
        Type::OneOf(types) => json!({"anyOf": types.iter().map(type_schema).collect::<Vec<_>>()}),
    }
}

fn insert(schema: &mut Value, path: &[String], leaf: Value, optional: bool) {
    let [key, inner @ ..] = path else { return };
    if let (false, Some(required)) = (optional, schema["required"].as_array_mut())
        && !required.iter().any(|known| known == key)
    {
        required.push(key.clone().into());
    }
    if let Some(properties) = schema["properties"].as_object_mut() {
        if inner.is_empty() {
            properties.insert(key.clone(), leaf);
        } else {
            insert(properties.entry(key.clone()).or_insert_with(object_schema), inner, leaf, optional);
        }
    }
}

fn object_schema() -> Value {
    json!({"type": "object", "required": [], "properties": Map::new()})
}

fn kind_schema(kind: Kind) -> Value {
    match kind {
        Kind::Texts => json!({"type": "array", "items": {"type": "string"}}),
        Kind::AccountSid => json!({"type": "string", "pattern": "^AC[0-9a-f]{32}$"}),
        Kind::Code => json!({"type": ["string", "number"]}),
        Kind::DateTime | Kind::UniqueId | Kind::Token | Kind::Verdict | Kind::Text => json!({"type": "string"}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str) -> Vec<Mapping> {
        mappings(&Diagram::parse("d.mmd", text).unwrap(), &[]).unwrap().0
    }

    #[test]
    fn there_is_one_for_every_request_of_every_branch_and_one_for_all_else() {
        let (mappings, left_out) = mappings(&Diagram::built_in().unwrap(), &[]).unwrap();
        let names: Vec<String> = mappings.iter().map(|mapping| format!("{}/{}", mapping.root, mapping.file)).collect();
        assert_eq!(names.len(), 3 * 3 + 3 + 5 + 5);
        assert!(left_out.is_empty());
        for name in ["orchestrator/refreshes/arrow-1.json", "scoped-auth/refuses-fingerprint/not-drawn.json"] {
            assert!(names.iter().any(|known| known == name), "{names:?}");
        }
    }

    #[test]
    fn what_the_request_says_is_bound_by_a_template() {
        let text = "sequenceDiagram\nparticipant S as ScopedAuthService\nA->>S: GET /v1.0/{account_sid}/{id} \
                    req.body.a.b=key req.body.c=[1] req.body.d=roles[] req.body.e f=odd\n\
                    S->>A: {account_sid, id, key, account_id, roles[], odd}";
        let mapping = &drawn(text)[0].json;
        assert_eq!(mapping["request"]["urlPathPattern"], "/v1\\.0/AC[0-9a-f]{32}/[^/]+");
        let body = &mapping["response"]["jsonBody"];
        assert_eq!(body["account_sid"], "{{request.pathSegments.[1]}}");
        assert_eq!(body["account_id"], "acct-{{request.pathSegments.[1]}}");
        assert_eq!(body["id"], "{{request.pathSegments.[2]}}");
        assert_eq!(body["key"], "{{jsonPath request.body '$.a.b'}}");
        assert_eq!(mapping["response"]["transformers"], json!(["response-template"]));
        let schema: Value =
            serde_json::from_str(mapping["request"]["bodyPatterns"][4]["matchesJsonSchema"].as_str().unwrap()).unwrap();
        assert_eq!(schema["properties"]["a"]["properties"]["b"], json!({"type": "string"}));
        assert_eq!(schema["properties"]["c"], json!({"const": [1]}));
    }

    #[test]
    fn what_is_not_drawn_is_left_out_and_said() {
        let text =
            "sequenceDiagram\nparticipant S as ScopedAuthService\nA->>S: GET /x\nopt valid token\nS->>A: {a}\nend";
        let (drawn, left_out) = mappings(&Diagram::parse("d.mmd", text).unwrap(), &[]).unwrap();
        let roots: Vec<&str> = drawn.iter().map(|mapping| &*mapping.root).collect();
        assert_eq!(roots[0], "scoped-auth/authorizes");
        let said: Vec<String> = left_out.iter().map(ToString::to_string).collect();
        assert!(said.contains(&"d.mmd draws no request to FederatedAuthService".to_owned()), "{said:?}");
        assert!(
            said.contains(&"d.mmd draws no complete reply with which ScopedAuthService refuses the token".to_owned())
        );
        let nothing = Diagram::parse("d.mmd", "sequenceDiagram\nA->>B: POST /x").unwrap();
        assert!(mappings(&nothing, &[]).is_err());
        let wrong = [("no_such_name".to_owned(), json!(1))];
        assert!(mappings(&Diagram::built_in().unwrap(), &wrong).is_err());
    }
}
