//! What a deployment file may not say of its participants.

use super::refused;

/// A file, the place of the complaint, its message, what stands beside the carets, and the hint.
const REFUSED: [(&str, &str, &str, &str, &str); 30] = [
    (
        "[participants.starship]\nurll = \"https://flex.example.com\"\n",
        "2:1",
        "no key in [participants.starship] is called `urll`",
        "expected url, tap, listen or real",
        "did you mean `url`?",
    ),
    (
        "[participants.starship]\ncolour = \"red\"\n",
        "2:1",
        "no key in [participants.starship] is called `colour`",
        "expected url, tap, listen or real",
        "",
    ),
    (
        "[participants.federated_auth]\nreal = true\n",
        "1:15",
        "no key in [participants] is called `federated_auth`",
        "expected starship, orchestrator, federated-auth or scoped-auth",
        "did you mean `federated-auth`?",
    ),
    (
        "[participant.starship]\n",
        "1:2",
        "no key in the top of the file is called `participant`",
        "expected participants, accounts, tokens, contract, limits, tls, proxy, headers, toggle or not_applicable",
        "did you mean `participants`?",
    ),
    (
        "",
        "1:1",
        "the file declares no real participant",
        "expected a `url` for at least one of them",
        r#"add `url = "https://…"` under [participants.starship], the edge that customers call"#,
    ),
    (
        "[participants.starship]\n",
        "1:2",
        "no participant of this deployment is real",
        "expected a `url` for at least one of them",
        r#"add `url = "https://…"` under [participants.starship], the edge that customers call"#,
    ),
    ("[participants.starship]\nurl = 5\n", "2:7", "`url` is a number", "expected a text in quotes", ""),
    (
        "[participants.starship]\nurl = \"flex.example.com\"\n",
        "2:7",
        "`url` is not a URL",
        "expected a URL such as https://flex.example.com",
        "",
    ),
    (
        "[participants.starship]\nurl = \"ftp://flex.example.com\"\n",
        "2:7",
        "`url` is neither http nor https",
        "expected a URL such as https://flex.example.com",
        "",
    ),
    (
        "[participants.starship]\nurl = \"https://me:pw@flex.example.com\"\n",
        "2:7",
        "`url` is a URL with credentials",
        "expected a URL without them; a header under [headers] can carry them",
        "",
    ),
    (
        "[participants.starship]\nurl = \"https://flex.example.com/#top\"\n",
        "2:7",
        "`url` is a URL with a query or a fragment",
        "expected a URL that ends with its host or a path",
        "",
    ),
    ("[participants.starship]\nurl = \"\"\n", "2:7", "`url` is empty", "expected a text", ""),
    ("[participants.starship]\nurl = \"${EMPTY}\"\n", "2:7", "`url` is empty", "", "the variable is set, to nothing"),
    (
        "[participants.starship]\nurl = \"https://${HOST}/webchat\"\n",
        "2:16",
        "the environment has no `HOST`",
        "",
        "set it: `export HOST=…`, or write `$${` for the characters themselves",
    ),
    (
        "[participants.starship]\nurl = \"https://${HOST-1}\"\n",
        "2:7",
        "`${` is not followed by the name of a variable and `}`",
        "",
        "write `${NAME}` for a variable, `$${` for the characters themselves",
    ),
    (
        "[participants.starship]\nurl = \"https://flex.example.com\"\n",
        "2:7",
        "Starship is real and calls Orchestrator, which hopcheck plays at an address that nobody knows",
        "",
        "add `listen` to [participants.orchestrator], or `real = true` there if the real one runs behind Starship",
    ),
    (
        "[participants.starship]\nurl = \"https://flex.example.com\"\nlisten = \"127.0.0.1:1\"\n",
        "3:1",
        "`listen` is for a participant that hopcheck plays, and this one is real",
        "",
        "leave `listen` out; to record what a real participant is sent, give it a `tap`",
    ),
    (
        "[participants.starship]\nurl = \"https://flex.example.com\"\nreal = false\n",
        "2:1",
        "`url` contradicts `real = false`",
        "",
        "leave one of the two out",
    ),
    (
        "[participants.starship]\nreal = true\nlisten = \"127.0.0.1:1\"\n",
        "3:1",
        "`listen` is for a participant that hopcheck plays, and this one is real",
        "",
        "leave `listen` out; to record what a real participant is sent, give it a `tap`",
    ),
    (
        "[participants.starship]\ntap = \"127.0.0.1:1\"\n",
        "2:1",
        "a `tap` forwards to a `url`, and there is none",
        "",
        "add the `url` of the real participant; for one that hopcheck plays, `listen` is the address",
    ),
    (
        "[participants.starship]\nlisten = \"127.0.0.1\"\n",
        "2:10",
        "`listen` is no address",
        "expected IP:port, such as 127.0.0.1:7003",
        "",
    ),
    (
        "[participants.starship]\nlisten = \"127.0.0.1:0\"\n",
        "2:10",
        "`listen` is an address whose port changes at every start",
        "expected IP:port, such as 127.0.0.1:7003",
        "",
    ),
    (
        "[participants.starship]\nreal = true\n",
        "2:8",
        "Starship is real, but Customer, which hopcheck plays, has no `url` to call it at",
        "",
        "add its `url` to [participants.starship]",
    ),
    (
        "[participants.federated-auth]\nreal = true\n",
        "2:8",
        "FederatedAuth is real, but Orchestrator, which hopcheck plays, has no `url` to call it at",
        "",
        "add its `url` to [participants.federated-auth], or declare the real Orchestrator too",
    ),
    (
        "[participants.federated-auth]\nurl = \"http://10.0.0.7\"\ntap = \"127.0.0.1:7003\"\n[participants.scoped-auth]\nlisten = \"127.0.0.1:7003\"\n",
        "5:10",
        "ScopedAuth and FederatedAuth cannot both listen at this address",
        "",
        "",
    ),
    (
        "[participants.federated-auth]\nurl = \"http://localhost:7003\"\ntap = \"127.0.0.1:7003\"\n[participants.scoped-auth]\nreal = true\n",
        "2:7",
        "this is the address at which hopcheck itself listens for FederatedAuth",
        "expected the address of the real participant",
        "",
    ),
    (
        "[participants]\nstarship.url = \"https://flex.example.com\"\norchestrator.real = true\nfederated-auth.listen = \"127.0.0.1:7003\"\n",
        "3:21",
        "the real Orchestrator has to be told whose token it is, and the file has no account",
        "",
        "add [accounts.feature-on] and [accounts.feature-off], each with its `deployment_key`",
    ),
    (
        "[participants.starship]\nurl = \"https://flex.example.com\"\n[participants.orchestrator]\nreal = true\n[participants.federated-auth]\nreal = true\n[participants.scoped-auth]\nreal = true\n",
        "4:8",
        "the real Orchestrator has to be told whose token it is, and the file has no account",
        "",
        "add [accounts.feature-on] and [accounts.feature-off], each with its `deployment_key`",
    ),
    (
        "limits = 4\n",
        "1:1",
        "the file declares no real participant",
        "expected a `url` for at least one of them",
        r#"add `url = "https://…"` under [participants.starship], the edge that customers call"#,
    ),
    ("[participants]\norchestrator = []\n", "2:16", "`orchestrator` is a list", "expected a table", ""),
];

#[test]
fn each_is_refused_at_its_place() {
    for (text, place, message, label, hint) in REFUSED {
        assert_eq!(refused(text), [place, message, label, hint], "{text}");
    }
}
