//! A request as a line for a shell, whose secrets are variables of the shell.

use std::fmt::Write as _;

use crate::wire::{Draft, Gap, Piece};

/// How many times something may be repeated and still be written out.
const WRITTEN_OUT: usize = 40;

/// Returns the variable of the shell that stands for a gap.
pub(super) fn variable(gap: Gap) -> &'static str {
    match gap {
        Gap::DeploymentKey => "DEPLOYMENT_KEY",
        Gap::Token => "TOKEN",
        Gap::Fingerprint => "FINGERPRINT",
        Gap::AccountSid => "ACCOUNT_SID",
    }
}

/// Returns a line that sends the request to a service at this address.
pub(super) fn curl(address: &str, draft: &Draft) -> String {
    let mut line = String::new();
    // A body that no argument can hold is piped.
    let is_piped = !draft.body.is_empty() && !draft.body.iter().all(fits_an_argument);
    if is_piped {
        line.push_str("{ ");
        for piece in &draft.body {
            let _ = write!(line, "{}; ", printed(piece));
        }
        line.push_str("} | ");
    }
    // Nothing is read of a reply to HEAD, which curl has to be told.
    let method = if draft.method == "HEAD" { "-I".to_owned() } else { format!("-i -X {}", word(&draft.method)) };
    let address = address.trim_end_matches('/');
    let _ = write!(line, "curl -sS {method} --globoff --path-as-is {}", argument(address, &draft.target));
    if !draft.headers.iter().any(|(name, _)| name == "content-type") && !draft.body.is_empty() {
        line.push_str(" -H 'content-type:'");
    }
    for (name, value) in &draft.headers {
        let is_empty = value.iter().all(|piece| *piece == Piece::Text(String::new()));
        let header = if is_empty { word(&format!("{name};")) } else { argument(&format!("{name}: "), value) };
        let _ = write!(line, " -H {header}");
    }
    match draft.body.is_empty() {
        true => {}
        false if is_piped => line.push_str(" --data-binary @-"),
        false => {
            let _ = write!(line, " --data-raw {}", argument("", &draft.body));
        }
    }
    line
}

fn fits_an_argument(piece: &Piece) -> bool {
    match piece {
        Piece::Text(text) => !text.contains(|c: char| c.is_control()),
        Piece::Gap(_) => true,
        Piece::Repeated(text, times) => *times <= WRITTEN_OUT && !text.contains(|c: char| c.is_control()),
        Piece::Bytes(_) => false,
    }
}

/// Returns a word of the shell that begins with this text and goes on with these pieces.
fn argument(beginning: &str, pieces: &[Piece]) -> String {
    let mut quoted = String::new();
    let mut open = beginning.to_owned();
    for piece in pieces {
        match piece {
            Piece::Text(text) => open.push_str(text),
            Piece::Bytes(bytes) => open.push_str(&String::from_utf8_lossy(bytes)),
            Piece::Repeated(text, times) if *times <= WRITTEN_OUT => open.push_str(&text.repeat(*times)),
            Piece::Repeated(..) | Piece::Gap(_) => {
                if !open.is_empty() {
                    quoted.push_str(&word(&std::mem::take(&mut open)));
                }
                let _ = match piece {
                    Piece::Gap(gap) => write!(quoted, "\"${}\"", variable(*gap)),
                    Piece::Repeated(..) | Piece::Text(_) | Piece::Bytes(_) => {
                        write!(quoted, "\"$({})\"", printed(piece))
                    }
                };
            }
        }
    }
    if !open.is_empty() || quoted.is_empty() {
        quoted.push_str(&word(&open));
    }
    quoted
}

/// Returns a command that prints a piece.
fn printed(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) if text.contains(|c: char| c.is_control()) => octal(text.as_bytes()),
        Piece::Text(text) => format!("printf %s {}", word(text)),
        Piece::Bytes(bytes) => octal(bytes),
        Piece::Repeated(text, times) if text == "\n" => format!("head -c {times} /dev/zero | tr '\\0' '\\n'"),
        Piece::Repeated(text, times) => {
            format!("printf {} $(seq {times})", word(&format!("{}%.0s", text.replace('%', "%%"))))
        }
        Piece::Gap(gap) => format!("printf %s \"${}\"", variable(*gap)),
    }
}

fn octal(bytes: &[u8]) -> String {
    let digits = bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "\\{byte:03o}");
        text
    });
    format!("printf '{digits}'")
}

/// Returns a text as one word of a shell.
pub(super) fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_variables() {
        let line = curl(
            "https://edge.example.com/",
            &draft(
                "POST /V2/x?y=1\ncontent-type: application/json\n\n{\"deploymentKey\":\"{deployment key}\",\"token\":\"it's {token}\"}",
            ),
        );
        let expected = "curl -sS -i -X POST --globoff --path-as-is 'https://edge.example.com/V2/x?y=1' \
                        -H 'content-type: application/json' --data-raw \
                        '{\"deploymentKey\":\"'\"$DEPLOYMENT_KEY\"'\",\"token\":\"it'\\''s '\"$TOKEN\"'\"}'";
        assert_eq!(line, expected);
    }

    #[test]
    fn what_no_argument_holds_is_piped() {
        let line = curl("http://h", &draft("POST /x\nx-empty: \n\n{bytes 00 ff}{token}{70000 times x}{2 times y}"));
        let expected = "{ printf '\\000\\377'; printf %s \"$TOKEN\"; printf x%.0s $(seq 70000); printf y%.0s $(seq 2); } | \
                        curl -sS -i -X POST --globoff --path-as-is http://h/x -H 'content-type:' -H 'x-empty;' \
                        --data-binary @-";
        assert_eq!(line.replace("'x%.0s'", "x%.0s").replace("'y%.0s'", "y%.0s"), expected);
    }

    #[test]
    fn other_methods_are_named() {
        assert!(curl("http://h", &draft("HEAD /x")).starts_with("curl -sS -I "));
        assert!(curl("http://h", &draft("M-SEARCH /x")).starts_with("curl -sS -i -X M-SEARCH "));
        assert!(
            curl("http://h", &draft("PUT /x?{900 times y}")).contains("'http://h/x?'\"$(printf 'y%.0s' $(seq 900))\"")
        );
    }

    fn draft(text: &str) -> Draft {
        text.parse().unwrap()
    }
}
