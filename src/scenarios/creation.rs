//! The creation of a first token, judged by its own diagram: its arrows, its findings and its coverage are apart from those
//! of the refresh.

use std::sync::Arc;

use super::record::Halt;
use crate::diagram::{Circumstances, Diagram, Feature, Validity};
use crate::protocol::Contract;
use crate::topology::AccountInPlay;
use crate::transcript::{Redactor, Transcript};
use crate::verdict::{
    ArrowJudgement, ArrowVerdict, Assertion, Case, Evidence, Finding, Given, Ledger, UnderTest, Verdict, Visibility,
    cover, judge,
};

/// Where what is seen of a creation is told to be from.
const ADDRESS: &str = "first-token";

/// How first tokens are created: the diagram, and what was found of its arrows.
#[derive(Debug, Default)]
pub(super) struct Creation {
    /// The diagram that the user handed in. The built-in one is hopcheck's own, so that nothing it draws is a MUST.
    stated: Option<Arc<Diagram>>,
    ledger: Ledger,
    assertions: Vec<(String, Assertion)>,
}

impl Creation {
    /// Returns how first tokens are created, as the user draws it.
    pub(super) fn stated(diagram: Arc<Diagram>) -> Self {
        Self { stated: Some(diagram), ..Self::default() }
    }

    fn diagram(&self) -> Result<Arc<Diagram>, Halt> {
        let built_in = || Diagram::built_in_creation().map(Arc::new);
        self.stated.clone().map_or_else(built_in, Ok).map_err(|error| Halt::Error(error.to_string()))
    }

    /// Returns what holds of each arrow of the creation, in order.
    fn told(&self) -> Vec<ArrowVerdict> {
        self.diagram().map(|diagram| cover(&diagram, &self.assertions)).unwrap_or_default()
    }

    /// Returns what is not as drawn in a creation, and keeps what was seen of each arrow.
    pub(super) fn judge(
        &mut self,
        (feature, account): (Feature, &AccountInPlay),
        (visibility, under_test): (Visibility, UnderTest),
        (transcript, number): (&Transcript, u64),
        redactor: &Redactor,
    ) -> Result<Vec<Finding>, Halt> {
        let diagram = self.diagram()?;
        let circumstances = Circumstances::new(feature, Validity::Valid, Validity::Valid);
        let course = diagram.course(circumstances);
        let given = Given {
            deployment_key: Some(account.deployment_key.clone()),
            account_sid: account.account_sid.clone(),
            ..Given::default()
        };
        let case = Case {
            diagram: &diagram,
            course: &course,
            transcript,
            given: &given,
            visibility,
            under_test,
            // What a deployment states is about the refresh.
            contract: &Contract::default(),
            redactor,
            refresh: number,
        };
        let judgement = judge(&case);
        let contradicted = |claim| self.ledger.settle(claim, ADDRESS).map(|contradiction| contradiction.finding);
        let claims = judgement.arrows.iter().flat_map(|arrow| &arrow.claims);
        let contradictions: Vec<Finding> = claims.filter_map(contradicted).collect();
        let crossed = judgement.arrows.iter().filter(|it| it.verdict != Verdict::NotCrossed);
        self.assertions.extend(crossed.map(|it| (ADDRESS.to_owned(), assertion_of(it))));
        // What hopcheck's own do beside a real participant that draws its creation otherwise is nobody's fault.
        let is_cause = |finding: &&Finding| finding.follows_from().is_none() && !finding.is_unexplained();
        let found = judgement.findings().chain(&contradictions).filter(is_cause);
        Ok(found.map(|finding| self.addressed(finding, diagram.file())).collect())
    }

    /// Returns a line about how much of the creation was seen, and an empty text where nothing was.
    pub(super) fn line(&self) -> String {
        let told = self.told();
        let of = |evidence| told.iter().filter(|it| !it.asserted_by.is_empty() && it.evidence == evidence).count();
        let (wire, inferred) = (of(Evidence::Wire), of(Evidence::Inferred));
        let deviates = told.iter().filter(|arrow| arrow.verdict == Verdict::Deviates);
        let deviating: Vec<String> = deviates.map(|arrow| format!("create/{}", arrow.arrow)).collect();
        if wire + inferred == 0 {
            return String::new();
        }
        let otherwise =
            if deviating.is_empty() { String::new() } else { format!("; not as drawn: {}", deviating.join(", ")) };
        let seen = wire + inferred;
        format!("creation of first tokens: {seen} of {} arrows seen{otherwise}\n", told.len())
    }

    /// Returns a finding of an arrow of this diagram as one that is not taken for one of the refresh.
    fn addressed(&self, finding: &Finding, file: &str) -> Finding {
        let place = finding.arrow.map_or_else(|| "create".to_owned(), |arrow| format!("create/{arrow}"));
        let subject = format!("{} ({place} of {file})", finding.subject);
        let mut addressed = finding.clone().at(None);
        addressed.subject = subject;
        if self.stated.is_some() { addressed } else { addressed.only_should() }
    }
}

fn assertion_of(judgement: &ArrowJudgement) -> Assertion {
    let ArrowJudgement { arrow, verdict, evidence, derived, .. } = judgement;
    Assertion { arrow: *arrow, verdict: *verdict, evidence: *evidence, derived: *derived }
}
