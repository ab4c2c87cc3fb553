//! A refresh that nobody staged, as it was recorded: what is known of it, and what can be read off what crossed.

use super::observation::{Half, Seen};
use crate::diagram::{Arrow, Circumstances, Course, Diagram, Feature, Meaning};
use crate::protocol::{AccountSid, Contract, DeploymentKey, Hop, Token};
use crate::transcript::{Exchange, Keys, Redactor, Transcript};
use crate::verdict::alignment::hops_of;
use crate::verdict::{Case, Given, Provenance, UnderTest, Visibility};

/// A refresh made by others, with what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct ObservedCase<'a> {
    /// The specification.
    pub diagram: &'a Diagram,
    /// What crossed so far.
    pub transcript: &'a Transcript,
    /// Whether nothing will cross any more: what is missing then, was never sent.
    pub ended: bool,
    /// Which hops are recorded. The edge need not be among them.
    pub visibility: Visibility,
    /// Who is held to the diagram.
    pub under_test: UnderTest,
    /// What was stated beyond the diagram.
    pub contract: &'a Contract,
    /// The way from values to findings. It must have been told to hide the secrets of the transcript.
    pub redactor: &'a Redactor,
    /// Names the refresh within the run; the same one as long as it is under way.
    pub refresh: u64,
    /// Whether the feature was on when it began, where that is known.
    pub feature: Option<Feature>,
    /// The account of the deployment key, where that is known.
    pub account_sid: Option<&'a AccountSid>,
    /// The roles that the account's customers have, where they are known.
    pub roles: Option<&'a [String]>,
}

impl<'a> ObservedCase<'a> {
    /// Returns the courses that it may have taken, each once.
    pub(super) fn courses(&self) -> Vec<Course<'a>> {
        let mut courses: Vec<Course<'a>> = Vec::new();
        for circumstances in Circumstances::all() {
            let course = self.diagram.course(circumstances);
            let possible = self.feature.is_none_or(|feature| feature == circumstances.feature);
            if possible && !courses.iter().any(|known| known.arrows == course.arrows) {
                courses.push(course);
            }
        }
        courses
    }

    /// Returns the refresh as the one of a course.
    pub(super) fn against<'c>(&'c self, course: &'c Course<'c>, given: &'c Given) -> Case<'c> {
        Case {
            diagram: self.diagram,
            course,
            transcript: self.transcript,
            given,
            visibility: self.visibility,
            under_test: self.under_test,
            contract: self.contract,
            redactor: self.redactor,
            refresh: self.refresh,
        }
    }

    /// Returns what the customer knew, going by what it sent.
    pub(super) fn given(&self) -> Given {
        let entry = self.outermost().filter(|exchange| self.entry_hops().contains(&exchange.hop));
        let carried = entry.map(|exchange| Keys::of(&exchange.request)).unwrap_or_default();
        Given {
            deployment_key: carried.deployment_key.map(DeploymentKey::new),
            token: carried.token.map(Token::new),
            account_sid: self.account_sid.cloned(),
            roles: self.roles.map(<[String]>::to_vec),
            origin: None,
            provenance: Provenance::default(),
        }
    }

    /// Returns the hops that the customer's own request crosses: those of the first request that is drawn.
    pub(super) fn entry_hops(&self) -> Vec<Hop> {
        let requests = |arrow: &&Arrow| matches!(arrow.meaning, Meaning::Request(_));
        self.diagram.arrows().iter().find(requests).map(hops_of).unwrap_or_default()
    }

    /// Returns the exchange nearest to the customer, the first of several.
    pub(super) fn outermost(&self) -> Option<&'a Exchange> {
        self.transcript.exchanges.iter().min_by_key(|exchange| (exchange.hop, exchange.began))
    }

    /// Returns the exchange furthest from the customer, the last of several.
    pub(super) fn innermost(&self) -> Option<&'a Exchange> {
        self.transcript.exchanges.iter().max_by_key(|exchange| (exchange.hop, exchange.began))
    }

    /// Returns whether more is known of it than that the customer asked.
    pub(super) fn is_under_way_beyond_its_entry(&self) -> bool {
        let entry = self.entry_hops();
        self.innermost().is_some_and(|exchange| !entry.contains(&exchange.hop) || exchange.ended.is_some())
    }

    /// Returns where an exchange stands in the transcript.
    fn index_of(&self, exchange: &Exchange) -> Option<usize> {
        self.transcript.exchanges.iter().position(|other| std::ptr::eq(other, exchange))
    }

    /// Returns where half of an exchange was seen.
    pub(super) fn seen(&self, exchange: &Exchange, half: Half) -> Option<Seen> {
        self.index_of(exchange).map(|exchange| Seen { exchange, half })
    }
}
