//! The entries of a baseline in words, for every report that is text.

use super::known_deviation::Wrong;
use super::{BaselineReport, EntryReport, Report, Standing};
use crate::verdict::Finding;

impl Report {
    /// Returns whether the baseline lists a finding that belongs to no scenario.
    pub(super) fn lists_stray(&self, finding: &Finding) -> bool {
        let lists = |entry: &EntryReport| {
            entry.scenario.is_none() && entry.place().wrong.is(&Wrong::of(finding)) && entry.standing == Standing::Known
        };
        self.entries().any(lists)
    }

    /// Returns the entries of the baseline, if there is one.
    pub(super) fn entries(&self) -> impl Iterator<Item = &EntryReport> {
        self.baseline.iter().flat_map(|baseline| &baseline.entries)
    }
}

impl BaselineReport {
    /// Returns what an entry says and how it stands, without the word for that.
    pub(super) fn line(&self, entry: &EntryReport) -> String {
        let place = entry.place();
        let until = entry.expires.as_ref().map(|day| format!(" (until {day})")).unwrap_or_default();
        let unseen = entry.unseen.as_ref().map(|why| format!("; {why}")).unwrap_or_default();
        match entry.standing {
            Standing::Known => format!("{place}: {}{until}", entry.reason),
            Standing::Stale => format!("{place}: it is as it should be; remove the entry from {}", self.file),
            Standing::Expired => format!("{place}: {}{until}{unseen}", entry.reason),
            Standing::NotSeen => format!("{place}{unseen}"),
        }
    }

    /// Returns the lines of the entries for which the run fails, each behind the word for how it stands.
    pub(super) fn complaints(&self) -> impl Iterator<Item = String> {
        let failing = self.entries.iter().filter(|entry| entry.standing.fails());
        failing.map(|entry| format!("{} {}", entry.standing.word(), self.line(entry)))
    }

    /// Returns the places of which nothing was seen, those for the same reason together.
    pub(super) fn unseen(&self) -> Vec<(&str, Vec<String>)> {
        let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.standing == Standing::NotSeen) {
            let why = entry.unseen.as_deref().unwrap_or_default();
            let place = entry.place().to_string();
            match reasons.iter_mut().find(|(known, _)| *known == why) {
                Some((_, places)) => places.push(place),
                None => reasons.push((why, vec![place])),
            }
        }
        reasons
    }
}

impl Standing {
    /// Returns the word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Stale => "stale",
            Self::Expired => "expired",
            Self::NotSeen => "not seen",
        }
    }
}
