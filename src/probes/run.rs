//! A run: the cases of a seed played at once and told in order, and then the first case of each broken property shrunk.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt};
use proptest::strategy::BoxedStrategy;

use super::case::{CaseId, Kind};
use super::curl::{curl, variable};
use super::gherkin;
use super::property::{Breach, Property};
use super::requests::{self, Request};
use super::result::Failure;
use super::sequence::{Step, sequences};
use super::shrink::{Bounds, shrink};
use super::target::{Target, Trouble};
use crate::config::deployment::Declared;
use crate::protocol::Participant;
use crate::wire::{Draft, Gap};

/// How many causes are told for which a property does not hold.
const MOST_CAUSES: usize = 8;

/// Which cases are to be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selected {
    /// The first of a seed, this many.
    First {
        /// The seed.
        seed: u64,
        /// How many.
        count: u32,
    },
    /// This one alone.
    One(CaseId),
}

impl Selected {
    /// Returns what the cases follow from.
    pub fn seed(self) -> u64 {
        match self {
            Self::First { seed, .. } => seed,
            Self::One(id) => id.seed,
        }
    }

    /// Returns how many cases there are.
    pub fn count(self) -> u32 {
        match self {
            Self::First { count, .. } => count,
            Self::One(_) => 1,
        }
    }

    fn cases(self) -> Box<dyn Iterator<Item = CaseId>> {
        match self {
            Self::First { seed, count } => Box::new((0..u64::from(count)).map(move |index| CaseId::at(seed, index))),
            Self::One(id) => Box::new(std::iter::once(id)),
        }
    }
}

/// What is to be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The cases, in order.
    pub selected: Selected,
    /// How many are played at once.
    pub jobs: usize,
    /// When no more are begun.
    pub until: Option<Instant>,
}

/// What happens in a run.
#[derive(Debug)]
pub enum Event {
    /// A case was played, and this does not hold in it.
    Ran(CaseId, Vec<Breach>),
    /// The smallest case was found for a property.
    Failed(Box<Failure>),
}

/// The cases of a target.
struct Cases {
    requests: BoxedStrategy<Request>,
    sequences: BoxedStrategy<Vec<Step>>,
}

/// Plays cases and tells what they come to.
///
/// # Errors
///
/// Returns why no more could be said of the deployment.
pub async fn run(target: &Target, options: &Options, mut tell: impl FnMut(Event)) -> Result<(), Trouble> {
    let accounts = target.accounts.len();
    let cases =
        Cases { requests: requests::near(&target.calls, accounts, &target.clients[0]), sequences: sequences(accounts) };
    let mut first: BTreeMap<String, (CaseId, Breach)> = BTreeMap::new();
    let in_time = |_: &CaseId| options.until.is_none_or(|until| Instant::now() < until);
    let begun = stream::iter(options.selected.cases().take_while(in_time));
    let cases = &cases;
    let mut played = begun.map(|id| async move { (id, cases.play(target, id).await) }).buffered(options.jobs.max(1));
    while let Some((id, breaches)) = played.next().await {
        let breaches = breaches?;
        for breach in &breaches {
            // A case in which it is drawn says more than an earlier one in which it is not, and one request is smaller than
            // any sequence.
            let cause = breach.cause();
            let known = first.get(&cause);
            if known.is_none_or(|(known, worst)| (worst.severity, known.kind) > (breach.severity, id.kind)) {
                first.insert(cause, (id, breach.clone()));
            }
        }
        tell(Event::Ran(id, breaches));
    }
    drop(played);
    for property in Property::ALL {
        let mut apart: Vec<_> = first.values().filter(|(_, breach)| breach.property == property).cloned().collect();
        apart.sort_by_key(|(id, breach)| (breach.severity, id.kind, id.index));
        for (id, breach) in apart.into_iter().take(MOST_CAUSES) {
            tell(Event::Failed(Box::new(cases.smallest(target, id, breach).await?)));
        }
    }
    Ok(())
}

impl Cases {
    async fn play(&self, target: &Target, id: CaseId) -> Result<Vec<Breach>, Trouble> {
        match id.kind {
            Kind::Request => {
                let request = id.tree(&self.requests).map_err(Trouble)?.current();
                target.try_request(&request).await
            }
            Kind::Sequence => {
                let steps = id.tree(&self.sequences).map_err(Trouble)?.current();
                Ok(target.play(&steps).await?.breaches)
            }
        }
    }

    async fn smallest(&self, target: &Target, id: CaseId, breach: Breach) -> Result<Failure, Trouble> {
        let (cause, bounds) = (breach.cause(), bounds(target, &breach));
        match id.kind {
            Kind::Request => {
                let tree = id.tree(&self.requests).map_err(Trouble)?;
                let found =
                    shrink(tree, &cause, bounds, async |request: &Request| target.try_request(request).await).await?;
                let again = found.breach.is_some();
                let breach = found.breach.unwrap_or(breach);
                let failure = of_request(target, id, &found.value, &breach);
                Ok(Failure { shrink_steps: found.steps, again, ..failure })
            }
            Kind::Sequence => {
                let tree = id.tree(&self.sequences).map_err(Trouble)?;
                let play = async |steps: &Vec<Step>| Ok(target.play(steps).await?.breaches);
                let found = shrink(tree, &cause, bounds, play).await?;
                let again = found.breach.is_some();
                let breach = found.breach.unwrap_or(breach);
                let failure = of_sequence(target, id, &found.value, &breach).await?;
                Ok(Failure { shrink_steps: found.steps, again, ..failure })
            }
        }
    }
}

/// Returns how much is done to make a case smaller: less where others use the deployment too, or where each attempt takes
/// as long as an attempt may.
fn bounds(target: &Target, breach: &Breach) -> Bounds {
    let is_ours = Participant::SERVICES.into_iter().all(|service| target.system.plays(service));
    let is_late = breach.property == Property::Answers && breach.observed.contains("within");
    let steps = match (is_late, is_ours) {
        (true, _) => 30,
        (false, true) => 400,
        (false, false) => 150,
    };
    Bounds { steps, time: Duration::from_mins(1) }
}

fn failure(id: CaseId, who: Participant, breach: &Breach) -> Failure {
    Failure {
        property: breach.property,
        severity: breach.severity,
        arrow: breach.arrow,
        expected: breach.expected.clone(),
        observed: breach.observed.clone(),
        case: id.to_string(),
        participant: who.to_string(),
        smallest: String::new(),
        shrink_steps: 0,
        again: true,
        curl: None,
        scenario: String::new(),
    }
}

fn of_request(target: &Target, id: CaseId, request: &Request, breach: &Breach) -> Failure {
    let draft = target.with_origin(request.account, request.draft.clone());
    let account = &target.accounts[request.account];
    Failure {
        smallest: draft.to_string(),
        curl: Some(pasteable(target, request, &draft)),
        scenario: gherkin::of_request(&id.to_string(), request, &draft, account, breach),
        ..failure(id, request.who, breach)
    }
}

/// Returns the line for a shell, behind one that says what its variables are.
fn pasteable(target: &Target, request: &Request, draft: &Draft) -> String {
    let account = &target.accounts[request.account];
    let named = account.name.as_ref().map_or_else(
        || format!("an account with the feature {}", account.feature),
        |name| format!("the account `{name}`"),
    );
    let described = Gap::ALL.into_iter().filter(|gap| draft.has(*gap)).map(|gap| {
        let what = match gap {
            Gap::DeploymentKey => format!("the deployment key of {named}"),
            Gap::Token => format!("a valid token of {named}"),
            Gap::Fingerprint => "the fingerprint that the token is bound to".to_owned(),
            Gap::AccountSid => format!("the SID of {named}"),
        };
        format!("{}: {what}", variable(gap))
    });
    let described: Vec<String> = described.collect();
    let line = curl(&address(target, request.who), draft);
    if described.is_empty() { line } else { format!("# {}\n{line}", described.join("; ")) }
}

/// Returns where a participant is called: what hopcheck plays is gone after the run, and is where `simulate` plays it.
fn address(target: &Target, who: Participant) -> String {
    let place = Participant::SERVICES.into_iter().position(|service| service == who).unwrap_or_default();
    if target.system.plays(who) {
        return format!("http://127.0.0.1:{}", 7001 + place);
    }
    // A tap before it is gone after the run as well.
    if let Some(Declared::Reachable { url, .. }) = target.system.deployment().participants.get(&who) {
        return target.redactor.text(url.as_str().trim_end_matches('/'));
    }
    target.redactor.text(target.system.address(who).unwrap_or_default())
}

async fn of_sequence(target: &Target, id: CaseId, steps: &[Step], breach: &Breach) -> Result<Failure, Trouble> {
    let played = target.play(steps).await?;
    let numbered = steps.iter().enumerate().map(|(at, step)| format!("{}. {step}", at + 1));
    let accounts = target.accounts.iter().enumerate();
    let used = |place: usize| {
        played.tokens.iter().any(|(account, ..)| *account == place)
            || played.refreshes.iter().any(|made| made.presented.account == place)
    };
    let described = accounts.filter(|(place, _)| used(*place)).map(|(place, account)| {
        let name = account.name.as_deref().map(|name| format!(" `{name}`")).unwrap_or_default();
        format!("account {}{name} has the feature {}", place + 1, account.feature)
    });
    Ok(Failure {
        smallest: numbered.chain(described).collect::<Vec<_>>().join("\n"),
        scenario: gherkin::of_sequence(&id.to_string(), &played, &target.accounts, breach),
        ..failure(id, Participant::Starship, breach)
    })
}
