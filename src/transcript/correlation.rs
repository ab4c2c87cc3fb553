//! What an exchange carries that tells whose it is: request id, token, deployment key, fingerprint, account.
//!
//! Time plays no part, so calls under way at once are told apart however they interleave.

use super::Request;
use crate::protocol::REQUEST_ID_HEADER;

/// What the customer wants with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To refresh a token: the flow of the diagram.
    Refresh,
    /// To get a first token: the sibling flow.
    Creation,
}

impl Purpose {
    /// Returns the purpose that a request's path shows.
    pub(super) fn of(request: &Request) -> Self {
        let path = request.path.to_ascii_lowercase();
        let creates = path.ends_with("/token") || path.ends_with("/tokens") || path.contains("/generate/");
        if creates { Self::Creation } else { Self::Refresh }
    }
}

/// The identifying values of a call or of a request. None of them is ever printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// The value of [`REQUEST_ID_HEADER`].
    pub request_id: Option<String>,
    /// The token presented.
    pub token: Option<String>,
    /// The deployment key.
    pub deployment_key: Option<String>,
    /// The client's fingerprint.
    pub fingerprint: Option<String>,
    /// The account SID.
    pub account: Option<String>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// Returns what a request carries.
    pub fn of(request: &Request) -> Self {
        let text = |name| request.body.text(name).map(str::to_owned);
        let in_path = request.path.split('/').skip_while(|segment| *segment != "Accounts").nth(1);
        Self {
            request_id: request.header(REQUEST_ID_HEADER).map(str::to_owned),
            token: text("token").or_else(|| bearer(request)),
            deployment_key: text("deploymentKey"),
            fingerprint: request.body.said("fingerprint"),
            account: in_path.map(str::to_owned).or_else(|| text("accountSid")),
        }
    }

    /// Adds what is not known yet.
    pub(super) fn learn(&mut self, other: &Self) {
        for (known, learned) in [
            (&mut self.deployment_key, &other.deployment_key),
            (&mut self.fingerprint, &other.fingerprint),
            (&mut self.account, &other.account),
        ] {
            if known.is_none() {
                known.clone_from(learned);
            }
        }
    }

    /// Returns whether a request carries nothing that could link it to a call.
    pub(super) fn say_nothing(&self) -> bool {
        let Self { request_id: _, token, deployment_key, fingerprint, account } = self;
        [token, deployment_key, fingerprint, account].into_iter().all(Option::is_none)
    }

    /// Returns how surely a request belongs to the call with these keys; `None` when nothing links them. What binds less
    /// strongly counts only between calls that are alike in what binds more strongly. A call that presents another token is
    /// less likely than one that presents none: what became of a missing one is the services' business.
    pub(super) fn strength(&self, purpose: Purpose, request: &Request, carried: &Self) -> Option<u8> {
        let same = |own: &Option<String>, other: &Option<String>| own.is_some() && own == other;
        let strong = [
            same(&self.request_id, &carried.request_id),
            same(&self.token, &carried.token),
            same(&self.deployment_key, &carried.deployment_key),
        ];
        let weak = [same(&self.account, &carried.account), same(&self.fingerprint, &carried.fingerprint)];
        let is_linked = strong.into_iter().chain(weak).any(|same| same);
        let contradicts = self.token.is_some() && carried.token.is_some() && self.token != carried.token;
        let ranked = strong.into_iter().chain([!contradicts]).chain(weak).chain([purpose == Purpose::of(request)]);
        is_linked.then(|| ranked.fold(0, |strength, counts| 2 * strength + u8::from(counts)))
    }
}

/// Returns the token that a request carries outside its body.
fn bearer(request: &Request) -> Option<String> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::transcript::Body;

    #[test]
    fn a_token_binds_more_strongly_than_a_deployment_key() {
        let request = request("/V2/Webchat/Token/Refresh", r#"{"deploymentKey":"k","token":"t"}"#);
        let carried = Keys::of(&request);
        let by_token = Keys { token: Some("t".into()), ..Keys::default() };
        let by_key = Keys { deployment_key: Some("k".into()), token: Some("other".into()), ..Keys::default() };
        let unrelated = Keys { token: Some("other".into()), ..Keys::default() };
        let strength = |keys: &Keys| keys.strength(Purpose::Refresh, &request, &carried);
        assert!(strength(&by_token) > strength(&by_key));
        assert!(strength(&by_key).is_some());
        assert_eq!(strength(&unrelated), None);
    }

    #[test]
    fn between_two_calls_with_the_same_key_the_path_decides() {
        let request = request("/V2/Webchat/Token", r#"{"deploymentKey":"k"}"#);
        let keys = Keys { deployment_key: Some("k".into()), ..Keys::default() };
        let strength = |purpose| keys.strength(purpose, &request, &Keys::of(&request));
        assert!(strength(Purpose::Creation) > strength(Purpose::Refresh));
    }

    #[test]
    fn between_two_calls_of_one_account_the_one_without_a_token_is_the_likelier() {
        let request = request("/v1/Accounts/AC1/Tokens/refresh", r#"{"token":""}"#);
        let strength = |token: Option<&str>| {
            let keys = Keys { token: token.map(str::to_owned), account: Some("AC1".into()), ..Keys::default() };
            keys.strength(Purpose::Refresh, &request, &Keys::of(&request))
        };
        assert!(strength(None) > strength(Some("t")));
        assert!(strength(Some("t")).is_some());
    }

    #[test]
    fn the_account_is_read_from_the_path() {
        assert_eq!(Keys::of(&request("/v1/Accounts/AC1/Tokens/refresh", "{}")).account.as_deref(), Some("AC1"));
    }

    fn request(path: &str, body: &str) -> Request {
        let body = Body::new(Bytes::copy_from_slice(body.as_bytes()));
        Request { method: "POST".into(), path: path.into(), body, ..Request::default() }
    }
}
