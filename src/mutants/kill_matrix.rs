//! The kill matrix: how many mutants of each operator were killed at each arrow, who survived, and the mutation score.

use super::equivalents::Equivalents;
use super::trial::{Fate, Trial, Vantage};

/// What became of the mutants that were tried.
#[derive(Debug, Clone, Default)]
pub struct KillMatrix {
    /// A row for each operator, in the order in which they first appear.
    pub rows: Vec<Row>,
    /// The score.
    pub score: Score,
    /// The mutants that count against the score, in the order of the arrows.
    pub survivors: Vec<Trial>,
    /// The mutants that cannot be told from the reference, with the argument why.
    pub equivalent: Vec<(Trial, String)>,
    /// The mutants that are said to be equivalent and are killed all the same.
    pub refuted: Vec<Trial>,
}

/// The mutants of one operator.
#[derive(Debug, Clone)]
pub struct Row {
    /// The operator.
    pub operator: &'static str,
    /// For each arrow, from 1: how many were killed, and of how many that count.
    pub cells: Vec<(usize, usize)>,
}

/// How many mutants were killed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// How many were killed at the arrow that they touch.
    pub killed: usize,
    /// Of how many that can be told from the reference.
    pub of: usize,
}

impl Score {
    /// Returns whether every mutant that counts was killed.
    pub fn is_full(self) -> bool {
        self.killed == self.of
    }

    /// Returns the share of those killed in tenths of a percent, rounded down: only a full score is a thousand.
    pub fn per_mille(self) -> usize {
        (self.killed * 1000).checked_div(self.of).unwrap_or(1000)
    }
}

impl KillMatrix {
    /// Counts trials.
    pub fn of(trials: &[Trial], arrows: usize, equivalents: &Equivalents, vantage: Vantage) -> Self {
        let mut matrix = Self::default();
        for trial in trials {
            let is_killed = matches!(trial.fate, Fate::Killed(_));
            if let Some(argument) = equivalents.argument(&trial.mutant.name, vantage) {
                if is_killed {
                    matrix.refuted.push(trial.clone());
                } else {
                    matrix.equivalent.push((trial.clone(), argument.to_owned()));
                }
                continue;
            }
            let operator = trial.mutant.operator;
            let known = matrix.rows.iter().position(|row| row.operator == operator);
            let at = known.unwrap_or_else(|| {
                matrix.rows.push(Row { operator, cells: vec![(0, 0); arrows] });
                matrix.rows.len() - 1
            });
            let cell = matrix.rows.get_mut(at).and_then(|row| row.cells.get_mut(trial.mutant.arrow - 1));
            if let Some((killed, of)) = cell {
                *killed += usize::from(is_killed);
                *of += 1;
            }
            matrix.score.of += 1;
            matrix.score.killed += usize::from(is_killed);
            if !is_killed {
                matrix.survivors.push(trial.clone());
            }
        }
        matrix
    }
}
