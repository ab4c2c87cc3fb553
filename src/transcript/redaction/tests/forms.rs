//! The forms in which a secret comes back, each made of generated secrets, with which of them are not looked for.

use ::base64::Engine;
use ::base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use super::*;

/// A way to write a secret, by its name.
type Form = (&'static str, fn(&str) -> String);

/// What somebody echoes, logs or shows a secret as.
const FORMS: &[Form] = &[
    ("as it is", str::to_owned),
    ("in upper case", |secret| secret.to_ascii_uppercase()),
    ("in lower case", |secret| secret.to_ascii_lowercase()),
    ("percent-encoded", |secret| percent(secret, |byte| !byte.is_ascii_alphanumeric())),
    ("percent-encoded, every byte", |secret| percent(secret, |_| true)),
    ("percent-encoded twice", |secret| percent(&percent(secret, |_| true), |byte| byte == b'%')),
    ("percent-encoded twenty times", |secret| percent(secret, |_| true).replace('%', &format!("%{}", "25".repeat(20)))),
    ("as a form's value", |secret| {
        percent(secret, |byte| !byte.is_ascii_alphanumeric() && byte != b' ').replace(' ', "+")
    }),
    ("in JSON", json),
    ("in JSON within JSON", |secret| json(&json(secret))),
    ("in JSON, every character", |secret| units(secret, |unit| format!("\\u{unit:04x}"))),
    ("in JSON, with slashes escaped", |secret| json(secret).replace('/', "\\/")),
    ("in JavaScript", |secret| {
        bytes(secret, |byte| if byte.is_ascii() { format!("\\x{byte:02x}") } else { format!("%{byte:02X}") })
    }),
    ("in JavaScript, by code point", |secret| characters(secret, |c| format!("\\u{{{:x}}}", u32::from(c)))),
    ("in what `escape` of JavaScript writes", |secret| units(secret, |unit| format!("%u{unit:04X}"))),
    ("in HTML", html),
    ("in HTML within HTML", |secret| html(&html(secret))),
    ("in HTML, in decimal", |secret| characters(secret, |c| format!("&#{};", u32::from(c)))),
    ("in HTML, in hexadecimal", |secret| characters(secret, |c| format!("&#x{:02X};", u32::from(c)))),
    ("percent-encoded in HTML in JSON", |secret| json(&html(&percent(secret, |byte| !byte.is_ascii_alphanumeric())))),
    ("in quoted-printable", |secret| bytes(secret, quoted_printable)),
    ("in quoted-printable, wrapped", |secret| wrapped(&bytes(secret, |byte| format!("={byte:02X}")), 9, "=\r\n")),
    ("in Base64", |secret| STANDARD.encode(secret)),
    ("in Base64 for URLs", |secret| URL_SAFE_NO_PAD.encode(secret)),
    ("in Base64, behind something", |secret| STANDARD.encode(format!("u:{secret}"))),
    ("in Base64, before something", |secret| STANDARD.encode(format!("user:{secret}@host"))),
    ("in Base64, wrapped", |secret| wrapped(&STANDARD.encode(secret), 8, "\n")),
    ("in Base64, wrapped, in JSON", |secret| json(&wrapped(&STANDARD.encode(secret), 8, "\r\n"))),
    ("in Base64, percent-encoded", |secret| percent(&STANDARD.encode(secret), |byte| !byte.is_ascii_alphanumeric())),
    ("in Base64 of what is percent-encoded", |secret| STANDARD.encode(percent(secret, |_| true))),
    ("in Base64 twice", |secret| STANDARD.encode(STANDARD.encode(secret))),
    ("in Base64 of hexadecimal", |secret| STANDARD.encode(hex(secret, ""))),
    ("in Base32", |secret| base32_of(secret)),
    ("in Base32, in lower case", |secret| base32_of(secret).to_lowercase()),
    ("in hexadecimal", |secret| hex(secret, "")),
    ("in hexadecimal, in upper case", |secret| hex(secret, "").to_uppercase()),
    ("in hexadecimal of Base64", |secret| hex(&STANDARD.encode(secret), "")),
    ("in pairs of hexadecimal digits", |secret| hex(secret, " ")),
    ("in pairs of hexadecimal digits between colons", |secret| hex(secret, ":")),
    ("as a list of bytes", |secret| format!("0x{}", hex(secret, ", 0x"))),
    ("as `xxd` shows it", |secret| dump(secret, 4, ": ", " ")),
    ("as `hexdump -C` shows it", |secret| dump(secret, 2, "  ", "|")),
];

/// Which forms are not looked for: no service answers with them by accident, and whoever does so on purpose finds more.
const OUT_OF_SCOPE: &[Form] = &[
    ("backwards", |secret| secret.chars().rev().collect()),
    ("with something between its characters", |secret| characters(secret, |c| format!("{c}.."))),
    ("in a part of its middle", |secret| secret.chars().skip(9).take(6).collect()),
    ("in Base64 three times", |secret| STANDARD.encode(STANDARD.encode(STANDARD.encode(secret)))),
    ("in decimal bytes", |secret| bytes(secret, |byte| format!("{byte},"))),
    ("in octal escapes", |secret| bytes(secret, |byte| format!("\\{byte:03o}"))),
    ("in ROT13", |secret| {
        characters(secret, |c| {
            if c.is_ascii_lowercase() { char::from((c as u8 - b'a' + 13) % 26 + b'a') } else { c }.to_string()
        })
    }),
];

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/regressions/redaction.txt"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_secret_is_hidden_in_every_form_in_any_surroundings(
        secret in "[!-~é]{3}[ -~é]{4,40}[!-~é]{3}",
        before in "|[ \"'>=(]|.{0,12}[ \"'>(]",
        after in "|[ \"'<)]|[ \"'<)].{0,12}",
    ) {
        let redactor = Redactor::new([7; 32]);
        redactor.hide(&secret, SecretKind::Other);
        for (name, form) in FORMS {
            let written = form(&secret);
            let shown = redactor.text(&format!("{before}{written}{after}"));
            let told = shares(&shown, &written);
            prop_assert!(told < 8 || told < written.len() / 3, "{} {}: {}", name, written, shown);
        }
    }

    #[test]
    fn the_halves_of_a_secret_are_hidden(
        secret in "[a-z][!-$'-\\[\\]-~]{6}[0-9][!-$'-\\[\\]-~]{4}[0-9][!-$'-\\[\\]-~]{7}",
        between in "[ ]|\",\"b\":\"|<br>\n",
    ) {
        let redactor = Redactor::new([7; 32]);
        redactor.hide(&secret, SecretKind::Other);
        let (first, last) = secret.split_at(10);
        for form in [str::to_owned, |half: &str| STANDARD.encode(half), |half: &str| hex(half, ""), |half: &str| percent(half, |_| true)] {
            let (first, last) = (form(first), form(last));
            let shown = redactor.text(&format!("<{first}{between}{last}>"));
            prop_assert!(shares(&shown, &first) < 6 && shares(&shown, &last) < 6, "{} {}: {}", first, last, shown);
        }
    }
}

#[test]
fn what_is_out_of_scope_is_so() {
    let secret = "k3Y+q&R7/vTzab==\"Wm'long-secret";
    let redactor = Redactor::new([7; 32]);
    redactor.hide(secret, SecretKind::Other);
    for (name, form) in OUT_OF_SCOPE {
        let written = form(secret);
        assert!(redactor.text(&format!("<{written}>")).contains(&written), "{name} is hidden by now: say so");
    }
}

#[test]
fn one_pseudonym_stands_for_all_of_what_is_escaped() {
    let redactor = Redactor::new([7; 32]);
    let secret = "k3Y+q&R7/vTz==\"Wm'";
    redactor.hide(secret, SecretKind::DeploymentKey);
    let pseudonym = redactor.pseudonym(secret, SecretKind::DeploymentKey);
    let shown = redactor.text("<body>deploymentKey=k3Y&#43;q&amp;R7/vTz==&quot;Wm&#x27;</body>");
    assert_eq!(shown, format!("<body>deploymentKey={pseudonym}</body>"));
}

/// Returns how long the longest part is of what was written that is still shown.
fn shares(shown: &str, written: &str) -> usize {
    let (shown, written) = (shown.as_bytes(), written.as_bytes());
    let lengths = (0..written.len()).map(|start| {
        let is_shown = |length: &usize| shown.windows(*length).any(|it| it == &written[start..start + *length]);
        (1..=written.len() - start).take_while(is_shown).last().unwrap_or_default()
    });
    lengths.max().unwrap_or_default()
}

fn bytes(text: &str, written: impl Fn(u8) -> String) -> String {
    text.bytes().map(written).collect()
}

fn characters(text: &str, written: impl Fn(char) -> String) -> String {
    text.chars().map(written).collect()
}

fn units(text: &str, written: impl Fn(u16) -> String) -> String {
    text.encode_utf16().map(written).collect()
}

fn percent(text: &str, encodes: impl Fn(u8) -> bool) -> String {
    let written = text.bytes().flat_map(|it| if encodes(it) { format!("%{it:02X}").into_bytes() } else { vec![it] });
    String::from_utf8_lossy(&written.collect::<Vec<_>>()).into_owned()
}

fn json(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Escapes what Python's `html.escape` does, and what careful ones do besides.
fn html(text: &str) -> String {
    characters(text, |c| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#x27;".to_owned(),
        '+' => "&#43;".to_owned(),
        '/' => "&sol;".to_owned(),
        other => other.to_string(),
    })
}

fn quoted_printable(byte: u8) -> String {
    if byte.is_ascii_graphic() && byte != b'=' { char::from(byte).to_string() } else { format!("={byte:02X}") }
}

fn wrapped(text: &str, width: usize, end: &str) -> String {
    let lines: Vec<&str> = text.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
    lines.join(end)
}

fn hex(text: &str, between: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}

fn base32_of(text: &str) -> String {
    let digit = |quintet: u8| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[usize::from(quintet)]);
    let bits: Vec<u8> = text.bytes().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let mut encoded: String =
        bits.chunks(5).map(|five| digit(five.iter().fold(0, |it, bit| it << 1 | bit) << (5 - five.len()))).collect();
    encoded.extend(std::iter::repeat_n('=', (8 - encoded.len() % 8) % 8));
    encoded
}

/// Shows a text in lines of sixteen bytes, with the address before them and what can be printed of them behind.
fn dump(text: &str, width: usize, colon: &str, bar: &str) -> String {
    let lines = text.as_bytes().chunks(16).enumerate().map(|(line, bytes)| {
        let digits = bytes.iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"));
        let printed: String =
            bytes.iter().map(|byte| if (b' '..=b'~').contains(byte) { char::from(*byte) } else { '.' }).collect();
        format!("{:08x}{colon}{}  {bar}{printed}{bar}\n", 16 * line, wrapped(&digits, width, " "))
    });
    lines.collect()
}
