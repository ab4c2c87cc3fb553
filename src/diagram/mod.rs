//! The diagram: the specification of what should happen, read from a Mermaid sequence diagram at run time.
//!
//! It says who the lifelines are, what each arrow carries, and which arrows apply when. It knows no lifeline by name,
//! sees no messages and judges nothing.

mod action;
mod arrow;
mod block;
mod circumstances;
mod condition;
mod course;
mod lifeline;
mod member;
mod name;
mod quote;
mod reply;
mod request;
mod value_type;

mod assignments;
mod block_stack;
mod clients;
mod connector;
mod declaration;
mod drawn_body;
mod drawn_value;
mod entity;
mod envelope;
mod fence;
mod keyword;
mod label;
mod lexer;
mod lifeline_table;
mod parser;
mod phrasing;
mod scan;
mod source;
mod span;
mod statement;
mod template;
mod warning;

pub use self::{
    action::Action,
    arrow::{Arrow, Meaning, Prose},
    block::{Block, BlockKind},
    circumstances::{Circumstances, Feature, Validity},
    condition::Condition,
    course::{Course, CourseArrow},
    lifeline::Lifeline,
    member::{Member, Value},
    name::{Kind, Name},
    quote::Quote,
    reply::ReplyLabel,
    request::{RequestLabel, Segment},
    value_type::Type,
};

use self::{parser::Parser, source::Source};
use crate::diagnostic::Diagnostic;

/// The diagram that comes with hopcheck, and what messages call it.
pub const BUILT_IN: (&str, &str) =
    ("webchat-refresh-token.mmd", include_str!("../../fixtures/webchat-refresh-token.mmd"));

/// The diagram of how first tokens are created that comes with hopcheck, and what messages call it.
pub const BUILT_IN_CREATION: (&str, &str) =
    ("webchat-create-token.mmd", include_str!("../../fixtures/webchat-create-token.mmd"));

/// A sequence diagram, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagram {
    file: String,
    lifelines: Vec<Lifeline>,
    arrows: Vec<Arrow>,
    blocks: Vec<Block>,
    warnings: Vec<Diagnostic>,
}

impl Diagram {
    /// Reads the text of a diagram, or of a Markdown document with one in it; `file` is what complaints call it.
    ///
    /// # Errors
    ///
    /// Returns the first thing that Mermaid could not read either.
    pub fn parse(file: &str, text: &str) -> Result<Self, Diagnostic> {
        Self::examine(file, text).map_err(|mut complaints| complaints.swap_remove(0))
    }

    /// Reads the text of a diagram as [`parse`](Self::parse) does.
    ///
    /// # Errors
    ///
    /// Returns everything that Mermaid could not read either, at least one complaint, in order of
    /// lines and last what is never ended.
    pub fn examine(file: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let drawn = Parser::read(&Source::new(file, text))?;
        Ok(Self {
            file: file.to_owned(),
            lifelines: drawn.lifelines,
            arrows: drawn.arrows,
            blocks: drawn.blocks,
            warnings: drawn.warnings,
        })
    }

    /// Reads the diagram that comes with hopcheck.
    ///
    /// # Errors
    ///
    /// None, unless hopcheck was built with a diagram of its own that cannot be read.
    pub fn built_in() -> Result<Self, Diagnostic> {
        let (file, text) = BUILT_IN;
        Self::parse(file, text)
    }

    /// Reads the diagram of how first tokens are created that comes with hopcheck.
    ///
    /// # Errors
    ///
    /// As [`built_in`](Self::built_in).
    pub fn built_in_creation() -> Result<Self, Diagnostic> {
        let (file, text) = BUILT_IN_CREATION;
        Self::parse(file, text)
    }

    /// Returns the file as it was named.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Returns the lifelines in order of appearance.
    pub fn lifelines(&self) -> &[Lifeline] {
        &self.lifelines
    }

    /// Returns the arrows in order of appearance; the number of each is its index and one.
    pub fn arrows(&self) -> &[Arrow] {
        &self.arrows
    }

    /// Tells whether another diagram has the same arrows under the same conditions, wherever they stand in their files.
    pub fn draws_the_same(&self, other: &Self) -> bool {
        let arrows = |diagram: &Self| -> Vec<Arrow> {
            diagram.arrows.iter().map(|arrow| Arrow { line: 0, ..arrow.clone() }).collect()
        };
        let conditions = |diagram: &Self| -> Vec<Option<Condition>> {
            diagram.blocks.iter().map(|block| block.condition.clone()).collect()
        };
        arrows(self) == arrows(other) && conditions(self) == conditions(other)
    }

    /// Returns the arrow of this number.
    pub fn arrow(&self, number: usize) -> Option<&Arrow> {
        self.arrows.get(number.checked_sub(1)?)
    }

    /// Returns the conditional blocks in order of appearance.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Returns the arrows that apply in the circumstances.
    pub fn course(&self, circumstances: Circumstances) -> Course<'_> {
        Course::of(&self.arrows, &self.blocks, circumstances)
    }

    /// Returns why the diagram draws nothing for the circumstances, though it draws arrows that are not in any block:
    /// nothing in it tells these circumstances from others. `None` where it draws them.
    ///
    /// A diagram of the good case alone does not mean that a bad token is answered alike.
    pub fn leaves_open(&self, circumstances: Circumstances) -> Option<&'static str> {
        let known = || self.blocks.iter().filter_map(|block| block.condition.as_ref());
        let mentions = |is_meant: fn(&Condition) -> bool| known().any(|condition| condition.mentions(is_meant));
        let fingerprint = |member: &Member| {
            let squeezed: String = member.pointer().to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
            squeezed.contains("fingerprint")
        };
        if circumstances.token == Validity::Invalid && !mentions(|part| matches!(part, Condition::Token(_))) {
            Some("the diagram does not draw what follows from an invalid token")
        } else if circumstances.fingerprint == Validity::Invalid
            && circumstances.token == Validity::Valid
            && !mentions(|part| matches!(part, Condition::Fingerprint(_)))
        {
            Some("the diagram does not draw what follows from an invalid fingerprint")
        } else if circumstances.feature == Feature::Off
            && !mentions(|part| matches!(part, Condition::Feature(_)))
            && self.arrows.iter().flat_map(Arrow::members).any(fingerprint)
        {
            Some("the diagram does not draw what follows when the feature is off")
        } else {
            None
        }
    }

    /// Returns the members that must be absent from what the arrow carries: those drawn on another arrow of the same
    /// direction and not on this one.
    ///
    /// Two arrows have the same direction when they leave and reach the same lifelines and are both replies, or both
    /// requests to the same place; requests to different places do not exclude each other's members. A member that
    /// holds one drawn here, or stands in one, is not excluded either. An arrow that draws `...` excludes nothing.
    pub fn forbidden_members(&self, arrow: &Arrow) -> Vec<&Member> {
        let mut forbidden: Vec<&Member> = Vec::new();
        if arrow.is_open() {
            return forbidden;
        }
        for other in self.arrows.iter().filter(|other| other.same_direction(arrow)) {
            for member in other.members() {
                let drawn_here = arrow.members().iter().any(|own| own.overlaps(member));
                if !drawn_here && !forbidden.iter().any(|known| known.path == member.path) {
                    forbidden.push(member);
                }
            }
        }
        forbidden
    }

    /// Returns what can be read in the diagram but is perhaps not what was meant, in order of lines.
    pub fn warnings(&self) -> Vec<Diagnostic> {
        self.warnings.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const SHIPPED: &str = include_str!("../../fixtures/webchat-refresh-token.mmd");

    /// Shows an arrow as one line: number, line, ends, what it is and its members.
    fn shown(arrow: &Arrow) -> String {
        let what = match &arrow.meaning {
            Meaning::Request(request) => {
                format!("{} {}", request.method.as_deref().unwrap_or("(POST)"), request.path_text())
            }
            Meaning::Reply(_) => "replies".to_owned(),
            Meaning::Action(Action::Validates(condition)) => format!("validates {condition}"),
            Meaning::Action(action) => format!("{action:?}"),
            Meaning::Prose(prose) => format!("{prose:?}"),
        };
        let member = |member: &Member| match &member.value {
            Value::Literal(literal) => format!("{}={literal}", member.pointer()),
            Value::Name(name) => format!("{}:{name} ({:?})", member.pointer(), name.kind),
            Value::Type(_) | Value::Objects(_) => format!("{}:{:?}", member.pointer(), member.value),
        };
        let members: Vec<String> = arrow.members().iter().map(member).collect();
        let [from, to] = [&arrow.from, &arrow.to].map(|name| name.get(..4).unwrap_or(name));
        let line = format!("{}@{} {from} > {to} {what} {}", arrow.number, arrow.line, members.join(" "));
        line.trim_end().to_owned()
    }

    #[test]
    fn every_arrow_of_the_shipped_diagram_is_read() {
        let success = "/expiration:date_time (DateTime) /identity:random unique ID (UniqueId) \
             /roles:grants_array (Texts) /token:token (Token)";
        let refusal = "/valid=false /code:new_code_indicates_fingerprint_invalid (Code) /message:some_msg (Text)";
        let invalid = "/valid=false /code:invalid_token_code (Code) /message:some_msg (Text)";
        let refresh = "(POST) /v1/Accounts/ACXXXXX/Tokens/refresh";
        let validate = "POST /v1/ScopedAuthTokens/validate";
        let fingerprint = "/fingerprint:generated_finger_print (Text)";
        let generated = "/token:generated_token (Token)";
        let expected = [
            "1@10 Cust > Flex POST /V2/Webchat/Token/Refresh /deploymentKey:deployment_key (Text)".to_owned(),
            "2@12 Flex > Flex FetchesAccount".to_owned(),
            "3@13 Flex > Flex FetchesConfiguration".to_owned(),
            "4@14 Flex > Flex KeepsConfiguration".to_owned(),
            format!("5@17 Flex > Fede {refresh} {fingerprint} /token:token (Token)"),
            format!("6@19 Fede > Scop {validate} {generated} {fingerprint}"),
            format!("7@24 Flex > Fede {refresh} {generated}"),
            format!("8@25 Fede > Scop {validate} {generated}"),
            "9@29 Scop > Scop validates valid token and valid fingerprint".to_owned(),
            "10@30 Scop > Fede replies /authorized=true /auth_account/account_id:account_id (Text) \
             /auth_account/account_sid:account_sid (AccountSid) /grants:grants_array (Texts)"
                .to_owned(),
            format!("11@31 Fede > Flex replies {success}"),
            format!("12@32 Flex > Star replies {success}"),
            "13@34 Star > Star AppliesAcaoRule(\"*\")".to_owned(),
            format!("14@35 Star > Cust replies {success}"),
            "15@40 Scop > Scop validates valid token and invalid fingerprint".to_owned(),
            "16@41 Scop > Fede replies /authorized=false /message:fingerprint_validation_failed (Verdict)".to_owned(),
            format!("17@42 Fede > Flex replies {refusal}"),
            format!("18@43 Flex > Star replies {refusal}"),
            "19@45 Star > Star AppliesAcaoRule(\"*\")".to_owned(),
            format!("20@46 Star > Cust replies {refusal}"),
            "21@51 Scop > Scop validates invalid token".to_owned(),
            "22@52 Scop > Fede replies /authorized=false /message:token_validation_failed (Verdict)".to_owned(),
            format!("23@54 Fede > Flex replies {invalid}"),
            format!("24@56 Flex > Star replies {invalid}"),
            "25@59 Star > Star AppliesAcaoRule(\"*\")".to_owned(),
            format!("26@60 Star > Cust replies {invalid}"),
        ];
        let diagram = Diagram::parse("d.mmd", SHIPPED).unwrap();
        assert_eq!(diagram.arrows().iter().map(shown).collect::<Vec<_>>(), expected);
        assert_eq!(diagram.arrow(26), diagram.arrows().last());
        assert_eq!((diagram.arrow(0), diagram.arrow(27)), (None, None));
        assert_eq!(
            diagram.arrows()[2].text,
            "Fetches Account Configurations along with AllowedOrigins, AddressSid, DeploymentKeys, FingerprintSensitivity"
        );
    }

    #[test]
    fn lifelines_and_blocks_are_those_drawn() {
        let diagram = Diagram::parse("d.mmd", SHIPPED).unwrap();
        let lifelines = diagram.lifelines().iter().map(|l| format!("{} {} {} {}", l.line, l.id, l.name, l.actor));
        assert_eq!(
            lifelines.collect::<Vec<_>>(),
            [
                "4 C Customer true",
                "5 S Starship false",
                "6 FWO FlexWebchatOrchestratorService false",
                "7 FAS FederatedAuthService false",
                "8 SAS ScopedAuthService false",
            ]
        );
        let blocks = diagram.blocks().iter().map(|b| format!("{} {:?} {} {:?}", b.line, b.kind, b.label, b.parent));
        assert_eq!(
            blocks.collect::<Vec<_>>(),
            [
                "16 Opt Feature is on None",
                "23 Opt Feature is off None",
                "28 Opt Valid token, valid fingerprint and feature is on None",
                "39 Opt Valid token, invalid fingerprint and feature is on None",
                "50 Opt Invalid token None",
            ]
        );
    }

    #[test]
    fn the_oddities_of_the_shipped_diagram_are_two_methods_and_a_brace() {
        let warnings = Diagram::parse("d.mmd", SHIPPED).unwrap().warnings();
        let shown: Vec<_> =
            warnings.iter().map(|warning| (warning.line(), warning.column(), warning.message())).collect();
        assert_eq!(
            shown,
            [
                (17, 19, "a request without a method"),
                (24, 19, "a request without a method"),
                (30, 109, "a closing brace is missing"),
            ]
        );
        assert!(
            warnings[0].to_string().ends_with("= hint: any method will do, and hopcheck sends POST"),
            "{}",
            warnings[0]
        );
    }

    #[test]
    fn what_is_drawn_elsewhere_is_forbidden_here() {
        let diagram = Diagram::parse("d.mmd", SHIPPED).unwrap();
        let forbidden = |number: usize| {
            let arrow = diagram.arrow(number).unwrap();
            diagram.forbidden_members(arrow).into_iter().map(Member::pointer).collect::<BTreeSet<_>>()
        };
        let set = |pointers: &[&str]| pointers.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        assert_eq!(forbidden(1), set(&[]));
        assert_eq!(forbidden(5), set(&[]));
        assert_eq!(forbidden(7), set(&["/fingerprint"]));
        assert_eq!(forbidden(8), set(&["/fingerprint"]));
        assert_eq!(forbidden(10), set(&["/message"]));
        let grants = ["/auth_account/account_id", "/auth_account/account_sid", "/grants"];
        assert_eq!(forbidden(16), set(&grants));
        assert_eq!(forbidden(14), set(&["/code", "/message", "/valid"]));
        assert_eq!(forbidden(20), set(&["/expiration", "/identity", "/roles", "/token"]));
        assert_eq!(forbidden(2), set(&[]));
    }

    #[test]
    fn a_member_forbids_its_siblings_elsewhere_once() {
        let text = "sequenceDiagram\nB->>A: {a: {b}}\nB->>A: {a: {c: x}}\nB->>A: {a: {c: y}, d}\nA->>B: {e}";
        let diagram = Diagram::parse("d", text).unwrap();
        let forbidden = diagram.forbidden_members(&diagram.arrows()[0]);
        assert_eq!(forbidden.into_iter().map(Member::pointer).collect::<Vec<_>>(), ["/a/c", "/d"]);
    }

    #[test]
    fn neither_another_place_nor_an_enclosing_member_forbids() {
        let text = "sequenceDiagram\nA->>B: POST /x req.body.a=n\nA->>B: POST /y req.body.b=n\n\
             A->>B: POST /x req.body.a.c=n req.body.d=n\nA->>B: PUT /x req.body.e=n\n\
             A->>B: POST /x/z req.body.f=n";
        let diagram = Diagram::parse("d.mmd", text).unwrap();
        let forbidden = diagram.forbidden_members(&diagram.arrows()[0]);
        assert_eq!(forbidden.into_iter().map(Member::pointer).collect::<Vec<_>>(), ["/d"]);
    }
}
