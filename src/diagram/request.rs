//! A request as drawn: `POST /path req.body.member=name`.

use super::{
    assignments::{Assignments, Part, find_part},
    label::Label,
    member::Member,
    name::{Name, is_account_placeholder},
    warning::{Warning, unread},
};

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The label of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestLabel {
    /// The method in upper case, if one is drawn.
    pub method: Option<String>,
    /// The segments of the path.
    pub path: Vec<Segment>,
    /// The members of the body.
    pub members: Vec<Member>,
    /// Whether the label says that there are more members than it draws.
    pub open: bool,
}

/// What stands between two slashes of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// A segment that stands for itself.
    Literal(String),
    /// A segment that stands for a value: `ACXXXXX`, `{param}`, `<param>` or `:param`.
    Name(Name),
}

impl RequestLabel {
    /// Returns the method to send: the one drawn, or POST where none is, as on every other request.
    pub fn method_or_post(&self) -> &str {
        self.method.as_deref().unwrap_or("POST")
    }

    /// Tells whether a request with this method can be the one drawn: any can, where none is drawn.
    pub fn allows_method(&self, method: &str) -> bool {
        self.method.as_deref().is_none_or(|drawn| drawn == method)
    }

    /// Returns the path as text, with names in braces unless they are placeholders such as `ACXXXXX`.
    pub fn path_text(&self) -> String {
        let segments = self.path.iter().map(|segment| match segment {
            Segment::Literal(text) => format!("/{text}"),
            Segment::Name(name) if is_account_placeholder(&name.text) => format!("/{name}"),
            Segment::Name(name) => format!("/{{{name}}}"),
        });
        if self.path.is_empty() { "/".to_owned() } else { segments.collect() }
    }

    /// Returns what the names in the path stand for in `path`; `None` when `path` is another one. A query is ignored.
    pub fn matches_path<'p>(&self, path: &'p str) -> Option<Vec<(&Name, &'p str)>> {
        let path = path.split(['?', '#']).next()?.strip_prefix('/')?;
        let segments: Vec<&str> = if path.is_empty() { Vec::new() } else { path.split('/').collect() };
        if segments.len() != self.path.len() {
            return None;
        }
        let mut names = Vec::new();
        for (drawn, actual) in self.path.iter().zip(segments) {
            match drawn {
                Segment::Literal(text) if text == actual => {}
                Segment::Name(name) if !actual.is_empty() => names.push((name, actual)),
                Segment::Literal(_) | Segment::Name(_) => return None,
            }
        }
        Some(names)
    }

    /// Tells whether two labels draw requests to the same place.
    pub(super) fn same_place(&self, other: &Self) -> bool {
        let same = |(mine, theirs): (&Segment, &Segment)| match (mine, theirs) {
            (Segment::Name(_), Segment::Name(_)) => true,
            (Segment::Literal(mine), Segment::Literal(theirs)) => mine == theirs,
            (Segment::Literal(_), Segment::Name(_)) | (Segment::Name(_), Segment::Literal(_)) => false,
        };
        self.method_or_post() == other.method_or_post()
            && self.path.len() == other.path.len()
            && self.path.iter().zip(&other.path).all(same)
    }

    /// Reads the label of a request; `None` when it draws none: no path, or one that a sentence only mentions.
    pub(super) fn read(label: &Label) -> Option<(Self, Vec<Warning>)> {
        let text = label.text();
        let head = &text[..text.find('{').map_or(text.len(), |brace| word_start(text, brace))];
        let path_at = words(text).find(|(at, word)| is_path(word, &text[..*at]))?.0;
        if path_at > head.len() {
            return None;
        }
        let path_word = path_word(&text[path_at..]);
        let drawn = without_host(path_word.trim_matches(QUOTES)).split('?').next()?;
        let drawn = drawn.trim_end_matches([',', '.', ';']);
        let behind = path_at + path_word.len();
        let before = text[..path_at].trim_end();
        let method = method_at_end(before);
        let lead = before[..method.map_or(before.len(), |(at, _)| at)].trim();
        let lead = if lead.chars().any(char::is_alphanumeric) { lead } else { "" };
        let draws_a_body = text[behind..].contains('{') || matches!(find_part(&text[behind..]), Some((_, Part::Body)));
        if method.is_none() && !lead.is_empty() && !draws_a_body {
            return None;
        }
        let mut warnings = Vec::new();
        if !lead.is_empty() {
            let from = text.len() - text.trim_start().len();
            warnings.push(unread(label.span(from..from + lead.len()), lead));
        }
        if method.is_none() {
            let span = label.span(path_at..behind);
            let warning = Warning::new(span, "a request without a method", "expected a method before the path");
            warnings.push(warning.hint("any method will do, and hopcheck sends POST"));
        }
        if let Some(query) = path_word.find('?') {
            warnings.push(unread(label.span(path_at + query..behind), &path_word[query..]));
        }
        let path = drawn.split('/').skip(1).filter(|segment| !segment.is_empty()).map(Segment::new).collect();
        let read = Assignments::read(label, behind);
        warnings.extend(read.warnings);
        let method = method.map(|(_, method)| method.to_owned());
        Some((Self { method, path, members: read.members, open: read.open }, warnings))
    }
}

impl Segment {
    fn new(drawn: &str) -> Self {
        let braced = drawn.strip_prefix('{').and_then(|inner| inner.strip_suffix('}'));
        let angled = drawn.strip_prefix('<').and_then(|inner| inner.strip_suffix('>'));
        match braced.or(angled).or_else(|| drawn.strip_prefix(':')) {
            Some(name) if !name.is_empty() => Self::Name(Name::new(name)),
            None if is_account_placeholder(drawn) => Self::Name(Name::new(drawn)),
            Some(_) | None => Self::Literal(drawn.to_owned()),
        }
    }
}

/// What a path or method may stand in.
const QUOTES: [char; 6] = ['`', '"', '\'', '(', ')', '*'];

/// Tells whether a word is a path; a lone `/` or a URL is one only behind a method.
fn is_path(word: &str, before: &str) -> bool {
    let word = word.trim_matches(QUOTES);
    let behind_method = || method_at_end(before.trim_end()).is_some();
    match word.strip_prefix('/') {
        Some("") => behind_method(),
        Some(_) => true,
        None => without_host(word).starts_with('/') && behind_method(),
    }
}

/// Returns the method that a text ends with, and where it begins; it may stand in quotes or before a colon.
fn method_at_end(text: &str) -> Option<(usize, &'static str)> {
    let bare = text.trim_end_matches(|c: char| matches!(c, ':' | '-' | ']') || QUOTES.contains(&c)).trim_end();
    let at = bare
        .rfind(|c: char| !c.is_alphabetic())
        .map_or(0, |at| at + bare[at..].chars().next().map_or(0, char::len_utf8));
    let method = METHODS.into_iter().find(|method| method.eq_ignore_ascii_case(&bare[at..]))?;
    Some((at, method))
}

/// Returns the path of a URL, or the text as it is.
fn without_host(url: &str) -> &str {
    let Some((_, behind)) = url.split_once("://") else { return url };
    behind.find('/').map_or("", |at| &behind[at..])
}

/// Returns the path that a text begins with; a brace that does not open a segment opens the body.
fn path_word(text: &str) -> &str {
    let word = text.split_whitespace().next().unwrap_or_default();
    let body = word.match_indices('{').map(|(at, _)| at).find(|at| !word[..*at].ends_with('/'));
    &word[..body.unwrap_or(word.len())]
}

fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_whitespace().map(move |word| (word.as_ptr().addr() - text.as_ptr().addr(), word))
}

fn word_start(text: &str, at: usize) -> usize {
    at - text[..at].rsplit(char::is_whitespace).next().map_or(0, str::len)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{member::Value, span::Span},
        *,
    };

    fn read(text: &str) -> Option<(RequestLabel, Vec<String>)> {
        let (request, warnings) = RequestLabel::read(&Label::new(Span { text, start: 0 }))?;
        Some((request, warnings.into_iter().map(|warning| warning.message).collect()))
    }

    fn members(text: &str) -> Vec<String> {
        let (request, _) = read(text).unwrap();
        request.members.iter().map(|member| format!("{} {:?}", member.pointer(), member.value)).collect()
    }

    fn name(text: &str) -> String {
        format!("{:?}", Value::Name(Name::new(text)))
    }

    #[test]
    fn method_path_and_members_are_read() {
        let (request, odd) =
            read("POST /v1/Accounts/ACXXXXX/x <br/>req.body.a=random id <br/>req.body.b.c : 'x'").unwrap();
        assert_eq!(request.method.as_deref(), Some("POST"));
        assert_eq!(request.path_text(), "/v1/Accounts/ACXXXXX/x");
        assert_eq!(request.path[2], Segment::Name(Name::new("ACXXXXX")));
        assert_eq!(odd, Vec::<String>::new());
        assert_eq!(
            members("/x req.body.a=random id req.body.b.c : 'x'"),
            [format!("/a {}", name("random id")), "/b/c Literal(String(\"x\"))".to_owned()]
        );
    }

    #[test]
    fn members_may_be_drawn_as_an_object_or_without_a_value() {
        assert_eq!(members("POST /x {a: b, c}"), [format!("/a {}", name("b")), format!("/c {}", name("c"))]);
        assert_eq!(members("POST /x req.body.a={b: c}"), [format!("/a/b {}", name("c"))]);
        assert_eq!(members("POST /x{a: b}"), [format!("/a {}", name("b"))]);
        assert_eq!(members("POST /x req.body.token"), [format!("/token {}", name("token"))]);
        assert_eq!(members("POST /x req.body.token="), [format!("/token {}", name("token"))]);
        assert_eq!(members("POST /x req.body."), Vec::<String>::new());
    }

    #[test]
    fn a_missing_method_is_odd_and_post_is_assumed() {
        let (request, odd) = read("/v1/x").unwrap();
        assert_eq!((request.method_or_post(), odd), ("POST", vec!["a request without a method".to_owned()]));
    }

    #[test]
    fn a_path_may_stand_in_quotes_or_behind_a_host() {
        for text in
            ["POST `/a/b`", "`POST /a/b`", "[POST] /a/b", "POST: /a/b", "POST https://x.example/a/b", "post /a/b,"]
        {
            let (request, _) = read(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((request.path_text().as_str(), request.method_or_post()), ("/a/b", "POST"), "{text}");
        }
    }

    #[test]
    fn a_sentence_that_mentions_a_path_is_no_request() {
        for text in ["Calls /V2/WebChannels to create webchat", "see /v1/x", "either/or", "redirects to /login"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert!(read("Calls /v1/x req.body.a=b").is_some());
    }

    #[test]
    fn any_method_is_allowed_where_none_is_drawn() {
        let allows = |text: &str, method| read(text).unwrap().0.allows_method(method);
        assert!(allows("/x", "PUT") && allows("POST /x", "POST") && !allows("POST /x", "PUT"));
    }

    #[test]
    fn words_that_nothing_checks_are_odd() {
        let odd = |text| read(text).unwrap().1;
        assert_eq!(odd("then POST /x?y=1 req.headers.z=z req.body.a=b, soon").len(), 4);
        assert_eq!(odd("post /x,"), Vec::<String>::new());
    }

    #[test]
    fn a_label_without_a_path_before_a_brace_is_no_request() {
        for text in ["", "{path: /x}", "hello", "this / that", "a /", "{a: b} /x"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert!(read("GET /").is_some_and(|(request, _)| request.path_text() == "/"));
        assert!(read("GET /{id}/x").is_some_and(|(request, _)| request.path_text() == "/{id}/x"));
    }

    #[test]
    fn a_wide_space_separates_words_too() {
        assert_eq!(members("POST\u{a0}/x\u{3000}{a: b}"), [format!("/a {}", name("b"))]);
        assert_eq!(
            read("POST\u{a0}/x").map(|(request, odd)| (request.method, odd)),
            Some((Some("POST".into()), vec![]))
        );
    }

    #[test]
    fn a_path_gives_values_to_its_names() {
        let (request, _) = read("GET /v1/{account}/:kind/<id>").unwrap();
        let values =
            |path| request.matches_path(path).map(|names| names.iter().map(|(n, v)| format!("{n}={v}")).collect());
        assert_eq!(values("/v1/a/b/c?x=/y"), Some(vec!["account=a".to_owned(), "kind=b".into(), "id=c".into()]));
        for other in ["/v1/a/b", "/v2/a/b/c", "/v1/a//c", "/v1/a/b/c/", "v1/a/b/c", ""] {
            assert_eq!(values(other), None, "{other}");
        }
    }
}
