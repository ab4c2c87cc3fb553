//! The reports and the baseline that a user asked for. Each is written when the run begins, so that one that is killed leaves a report
//! that says so, and again when it ends.

use std::path::Path;

use super::arguments::{ReportFile, ReportFormat};
use super::baseline::baseline_text;
use super::exit::Failure;
use super::files;
use super::output::{is_stdout, write_report};
use crate::report::{Baseline, Report, json, junit};

/// Writes every report of a run that has ended and that can be written, and returns why the first of the others cannot.
pub(super) fn write(wanted: &[ReportFile], report: &Report) -> Result<(), Failure> {
    let mut written = Ok(());
    for (at, ReportFile { format, path }) in wanted.iter().enumerate() {
        if wanted[..at].iter().any(|other| other.path == *path) {
            return Err(Failure::usage(format!("two reports cannot be written to the same file, {}", path.display())));
        }
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
