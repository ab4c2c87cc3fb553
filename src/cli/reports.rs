//! The reports and the baseline that a user asked for. Each is written when the run begins, so that one that is killed leaves a report
//! that says so, and again when it ends.

use std::path::{Path, PathBuf};

use super::arguments::{ReportFile, ReportFormat};
use super::baseline::baseline_text;
use super::exit::Failure;
use super::files;
use super::output::{is_stdout, write_report};
use crate::report::{Baseline, Report, json, junit};

/// Refuses reports that would be written over each other, or over a file that the run reads or writes besides.
pub(super) fn keep_apart<'p>(
    wanted: &[ReportFile],
    others: impl IntoIterator<Item = (&'static str, &'p Path)>,
) -> Result<(), Failure> {
    let others: Vec<(&str, PathBuf)> = others.into_iter().map(|(flag, path)| (flag, files::place_of(path))).collect();
    let mut taken: Vec<PathBuf> = Vec::new();
    for ReportFile { path, .. } in wanted {
        let place = files::place_of(path);
        let shown = path.display();
        if taken.contains(&place) {
            return Err(Failure::usage(format!("two reports cannot be written to the same file, {shown}")));
        }
        if let Some((flag, _)) = others.iter().find(|(_, other)| *other == place) {
            return Err(Failure::usage(format!(
                "the report {shown} would be written over the file that {flag} names\nhint: give it a file of its own"
            )));
        }
        taken.push(place);
    }
    Ok(())
}

/// Writes every report of a run that has ended and that can be written, and returns why the first of the others cannot.
pub(super) fn write(wanted: &[ReportFile], report: &Report) -> Result<(), Failure> {
    let mut written = Ok(());
    for ReportFile { format, path } in wanted {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::usage(format!("failed to write the report {}: {error}", path.display()))
        };
        let text = match format {
            ReportFormat::JUnit => junit(report),
            ReportFormat::Json => json(report).map_err(|error| failed(&error))?,
        };
        written = written.and(write_report(path, &text).map_err(|error| failed(&error)));
    }
    written
}

/// Writes the reports of a run that has not ended, to every file that can be written again.
pub(super) fn write_first(files: &[ReportFile], report: &Report) -> Result<(), Failure> {
    let files: Vec<ReportFile> = files.iter().filter(|file| !is_stdout(&file.path)).cloned().collect();
    write(&files, report)
}

/// Writes known deviations to the file that they name.
pub(super) fn write_baseline(baseline: &Baseline) -> Result<(), Failure> {
    let failed = |error| Failure::usage(format!("failed to write the baseline {}: {error}", baseline.file));
    files::write(Path::new(&baseline.file), &baseline_text(baseline)).map_err(failed)
}
