//! Bodies: what the diagram draws on a request, with things done to it that no service should mind more than it must.

use proptest::collection::vec;
use proptest::prelude::{Just, any};
use proptest::prop_oneof;
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Strategy, Union};

use crate::wire::Piece;

/// A JSON value as it is written, which need not be one that can be read.
#[derive(Debug, Clone)]
pub(super) enum Json {
    /// `null`, a number, `true`: as written.
    Bare(&'static str),
    /// A text, as it stands between its quotes.
    Text(Vec<Piece>),
    /// A list.
    List(Vec<Json>),
    /// An object, whose members may be there twice.
    Object(Vec<(String, Json)>),
    /// Lists in lists, this deep.
    Deep(usize),
}

/// Numbers that readers disagree about, and other words.
const BARE: [&str; 16] = [
    "null",
    "0",
    "true",
    "false",
    "42",
    "-1",
    "-0",
    "1.5",
    "1e400",
    "-1e-400",
    "18446744073709551616",
    "0.1234567890123456789",
    "123456789012345678901234567890123456789012345678901234567890",
    "NaN",
    "01",
    "undefined",
];

/// Texts as they stand between quotes, escapes included.
const ODD_TEXTS: [&str; 20] = [
    "",
    " ",
    r"\u0000",
    r"\ud800",
    r"\udc00\ud800",
    r"\ud83d\ude00",
    r"\u202e",
    r"\ufeff",
    r"\uFFFF",
    r"\n\r\t",
    r#"\""#,
    r"\\",
    r"\x41",
    "\u{e9}\u{301}",
    "\u{1f469}\u{200d}\u{1f680}",
    "../../../etc/passwd",
    "' OR '1'='1",
    "${jndi:ldap://127.0.0.1/a}",
    "<script>alert(1)</script>",
    "%00%0d%0aSet-Cookie: a=b",
];

/// Names of members that mean something to somebody.
const ODD_NAMES: [&str; 8] = ["__proto__", "constructor", "", "$type", "Token", "token ", "deployment_key", "\u{0}"];

/// Returns texts, as they stand between quotes.
pub(super) fn texts() -> BoxedStrategy<Vec<Piece>> {
    let letters = "[a-zA-Z0-9._-]{0,24}".prop_map(|text| vec![Piece::Text(text)]);
    let odd = select(ODD_TEXTS.as_slice()).prop_map(|text| vec![Piece::Text(text.to_owned())]);
    let unicode = "\\PC{1,12}".prop_map(|text: String| vec![Piece::Text(text.replace(['"', '\\'], "'"))]);
    let long = (1_usize..70_000).prop_map(|times| vec![Piece::Repeated("x".to_owned(), times)]);
    prop_oneof![4 => letters, 4 => odd, 2 => unicode, 1 => long].boxed()
}

/// Returns values of every kind, none of them drawn.
pub(super) fn values() -> BoxedStrategy<Json> {
    let leaf = prop_oneof![
        3 => select(BARE.as_slice()).prop_map(Json::Bare),
        4 => texts().prop_map(Json::Text),
        1 => (1_usize..20_000).prop_map(Json::Deep),
    ]
    .boxed();
    let list = vec(leaf.clone(), 0..4).prop_map(Json::List);
    let object = vec(("[a-z]{0,4}", leaf.clone()), 0..4).prop_map(Json::Object);
    prop_oneof![5 => leaf, 1 => list, 1 => object].boxed()
}

/// Something that is done to the members of a body.
#[derive(Debug, Clone)]
enum Edit {
    /// The member is not there.
    Drop(usize),
    /// It has another value.
    Put(usize, Json),
    /// It is there twice, with another value last or first.
    Twice(usize, Json, bool),
    /// It has another name.
    Rename(usize, String),
    /// There is one more.
    Add(String, Json),
    /// It stands within an object or a list of its own.
    Wrap(usize, bool),
}

fn edits(members: usize) -> BoxedStrategy<Vec<Edit>> {
    let names = || prop_oneof!["[a-zA-Z_]{1,8}", select(ODD_NAMES.as_slice()).prop_map(str::to_owned)];
    let add = (names(), values()).prop_map(|(name, value)| Edit::Add(name, value)).boxed();
    if members == 0 {
        return vec(add, 0..3).boxed();
    }
    let member = move || 0..members;
    let one = prop_oneof![
        4 => member().prop_map(Edit::Drop),
        8 => (member(), values()).prop_map(|(at, value)| Edit::Put(at, value)),
        2 => (member(), values(), any::<bool>()).prop_map(|(at, value, last)| Edit::Twice(at, value, last)),
        1 => (member(), names()).prop_map(|(at, name)| Edit::Rename(at, name)),
        1 => (member(), any::<bool>()).prop_map(|(at, in_list)| Edit::Wrap(at, in_list)),
        2 => add,
    ];
    vec(one, 0..3).boxed()
}

/// What becomes of the body as a whole.
#[derive(Debug, Clone)]
enum Frame {
    Plain,
    Empty,
    /// Something else instead.
    Value(Json),
    InList,
    /// Only the beginning, in hundredths.
    Cut(usize),
    Followed(Vec<Piece>),
    AfterBom,
    /// A member that makes it large.
    Padded(usize),
    /// White space around it.
    Spaced(usize),
    Bytes(Vec<u8>),
}

fn frames() -> BoxedStrategy<Frame> {
    let others = prop_oneof![
        1 => Just(Frame::Empty),
        2 => values().prop_map(Frame::Value),
        1 => Just(Frame::InList),
        2 => (0_usize..100).prop_map(Frame::Cut),
        1 => "[ -~]{1,4}".prop_map(|text| Frame::Followed(vec![Piece::Text(text)])),
        1 => Just(Frame::Followed(vec![Piece::Bytes(vec![0])])),
        1 => Just(Frame::AfterBom),
        1 => (1_usize..200_000).prop_map(Frame::Padded),
        1 => (1_usize..70_000).prop_map(Frame::Spaced),
        2 => vec(any::<u8>(), 1..40).prop_map(Frame::Bytes),
    ];
    or_else(24, Frame::Plain, 13, others.boxed())
}

/// Returns this value, or else others: a case that has one of those is tried with this value before anything is said of it,
/// which it would not be as one among many.
pub(super) fn or_else<T: std::fmt::Debug + Clone + 'static>(
    weight: u32,
    usual: T,
    of_others: u32,
    others: BoxedStrategy<T>,
) -> BoxedStrategy<T> {
    prop_oneof![weight => Just(usual), of_others => others].boxed()
}

/// Returns bodies near to one with these members, the nearest being that one itself.
pub(super) fn near(members: Vec<(String, Json)>) -> BoxedStrategy<Vec<Piece>> {
    (edits(members.len()), frames())
        .prop_map(move |(edits, frame)| framed(edited(members.clone(), edits), frame))
        .boxed()
}

/// Returns any of these strategies, the first ones more often.
pub(super) fn any_of<T: std::fmt::Debug + 'static>(options: Vec<BoxedStrategy<T>>) -> BoxedStrategy<T> {
    Union::new(options).boxed()
}

fn edited(mut members: Vec<(String, Json)>, edits: Vec<Edit>) -> Vec<(String, Json)> {
    for edit in edits {
        // An edit before may have taken the member away.
        let place = |at: usize| if members.is_empty() { None } else { Some(at % members.len()) };
        match edit {
            Edit::Drop(at) => {
                place(at).map(|at| members.remove(at));
            }
            Edit::Put(at, value) => {
                if let Some(at) = place(at) {
                    members[at].1 = value;
                }
            }
            Edit::Twice(at, value, last) => {
                if let Some(at) = place(at) {
                    let twin = (members[at].0.clone(), value);
                    members.insert(if last { at + 1 } else { at }, twin);
                }
            }
            Edit::Rename(at, name) => {
                if let Some(at) = place(at) {
                    members[at].0 = name;
                }
            }
            Edit::Add(name, value) => members.push((name, value)),
            Edit::Wrap(at, in_list) => {
                if let Some(at) = place(at) {
                    let value = std::mem::replace(&mut members[at].1, Json::Bare("null"));
                    members[at].1 =
                        if in_list { Json::List(vec![value]) } else { Json::Object(vec![("value".to_owned(), value)]) };
                }
            }
        }
    }
    members
}

fn framed(mut members: Vec<(String, Json)>, frame: Frame) -> Vec<Piece> {
    if let Frame::Padded(length) = frame {
        members.push(("padding".to_owned(), Json::Text(vec![Piece::Repeated("x".to_owned(), length)])));
    }
    let body = written(&Json::Object(members));
    match frame {
        Frame::Plain | Frame::Padded(_) => body,
        Frame::Empty => Vec::new(),
        Frame::Value(value) => written(&value),
        Frame::InList => joined([vec![Piece::Text("[".to_owned())], body, vec![Piece::Text("]".to_owned())]]),
        Frame::Cut(percent) => cut(body, percent),
        Frame::Followed(more) => joined([body, more]),
        Frame::AfterBom => joined([vec![Piece::Bytes(vec![0xef, 0xbb, 0xbf])], body]),
        Frame::Spaced(length) => joined([vec![Piece::Repeated("\n".to_owned(), length)], body]),
        Frame::Bytes(bytes) => vec![Piece::Bytes(bytes)],
    }
}

/// Leaves the last pieces out, and a part of the last text that is left.
fn cut(mut body: Vec<Piece>, percent: usize) -> Vec<Piece> {
    body.truncate(body.len() * percent / 100 + 1);
    if let Some(Piece::Text(text)) = body.last_mut() {
        let kept = text.chars().count() * percent / 100;
        *text = text.chars().take(kept).collect();
    }
    body.retain(|piece| *piece != Piece::Text(String::new()));
    body
}

/// Returns a value as pieces of text.
pub(super) fn written(value: &Json) -> Vec<Piece> {
    let text = |text: &str| vec![Piece::Text(text.to_owned())];
    match value {
        Json::Bare(word) => text(word),
        Json::Text(inner) => joined([text("\""), inner.clone(), text("\"")]),
        Json::List(items) => joined([text("["), separated(items.iter().map(written)), text("]")]),
        Json::Object(members) => {
            let member = |(name, value): &(String, Json)| {
                joined([text(&format!("{}:", serde_json::Value::from(name.as_str()))), written(value)])
            };
            joined([text("{"), separated(members.iter().map(member)), text("}")])
        }
        Json::Deep(depth) => vec![Piece::Repeated("[".to_owned(), *depth), Piece::Repeated("]".to_owned(), *depth)],
    }
}

fn separated(parts: impl Iterator<Item = Vec<Piece>>) -> Vec<Piece> {
    let comma = |(at, part)| joined([if at == 0 { Vec::new() } else { vec![Piece::Text(",".to_owned())] }, part]);
    joined(parts.enumerate().map(comma))
}

/// Puts pieces behind each other, texts in one.
pub(super) fn joined(parts: impl IntoIterator<Item = Vec<Piece>>) -> Vec<Piece> {
    let mut all: Vec<Piece> = Vec::new();
    for piece in parts.into_iter().flatten() {
        match (all.last_mut(), piece) {
            (Some(Piece::Text(text)), Piece::Text(more)) => text.push_str(&more),
            (_, piece) => all.push(piece),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::probes::CaseId;
    use crate::protocol::{DeploymentKey, Token};
    use crate::wire::{Draft, Filling, Gap};

    #[test]
    fn bodies_are_the_drawn_one_and_its_neighbours() {
        let bodies: Vec<String> = (0..400).map(|index| body_of(CaseId::at(1, index))).collect();
        let drawn = r#"{"deploymentKey":"key","token":"token"}"#;
        assert!(bodies.iter().any(|body| body == drawn));
        for part in ["null", "\\ud800", "[[", "\\u0000", "xxxx", "\"token\":\"token\",\"token\":", "\u{fffd}"] {
            assert!(bodies.iter().any(|body| body.contains(part)), "no body has {part}");
        }
        let distinct: BTreeSet<&String> = bodies.iter().collect();
        assert!(distinct.len() > 200, "{} of 400 bodies differ", distinct.len());
        assert!(bodies.iter().all(|body| body.len() < 1 << 20));
    }

    #[test]
    fn the_simplest_body_is_the_drawn_one() {
        for index in 0..100 {
            let mut tree = CaseId::at(2, index).tree(&near(members())).unwrap();
            while tree.simplify() {}
            assert_eq!(filled(tree.current()), r#"{"deploymentKey":"key","token":"token"}"#, "case {index}");
        }
    }

    fn members() -> Vec<(String, Json)> {
        let gap = |gap| Json::Text(vec![Piece::Gap(gap)]);
        vec![("deploymentKey".to_owned(), gap(Gap::DeploymentKey)), ("token".to_owned(), gap(Gap::Token))]
    }

    fn body_of(id: CaseId) -> String {
        filled(id.tree(&near(members())).unwrap().current())
    }

    fn filled(body: Vec<Piece>) -> String {
        let draft = Draft { method: "POST".to_owned(), target: Vec::new(), headers: Vec::new(), body };
        let filling = Filling {
            deployment_key: DeploymentKey::new("key"),
            token: Token::new("token"),
            fingerprint: None,
            account_sid: None,
        };
        String::from_utf8_lossy(draft.filled(&filling).body.bytes()).into_owned()
    }
}
