//! The routes of both flows: by which method and at which path each service is called.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::paths::{CREATE_TOKEN, GENERATE_TOKEN, ISSUE_TOKENS, REFRESH_TOKEN, REFRESH_TOKENS, VALIDATE_TOKEN};
use super::{AccountSid, Participant};

/// What stands in a path for the account.
const ACCOUNT: &str = "{account_sid}";

/// Where one request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method, in upper case.
    pub method: String,
    /// The path, in which `{account_sid}` stands for the account.
    pub path: String,
    /// Whether the method was agreed. Where it was not, a neighbour may have chosen another that carries a body.
    pub is_method_agreed: bool,
}

impl Route {
    /// Returns the route of a POST request to a path.
    pub fn post(path: &str) -> Self {
        Self { method: "POST".to_owned(), path: path.to_owned(), is_method_agreed: true }
    }

    /// Returns the path for an account.
    pub fn path_of(&self, account: &AccountSid) -> String {
        self.path.replace(ACCOUNT, account.as_str())
    }

    /// Returns the path with every version, in either case, that a neighbour may have been told of: `/v1/…`, `/V2/…`.
    pub fn in_any_version(&self) -> Vec<String> {
        let rest = self.path.strip_prefix('/').and_then(|path| path.split_once('/'));
        let is_version = |segment: &str| {
            let number = segment.strip_prefix(['v', 'V']);
            number.is_some_and(|number| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()))
        };
        let mut paths = vec![self.path.clone()];
        if let Some((_, rest)) = rest.filter(|(first, _)| is_version(first)) {
            let versions = ["v1", "V1", "v2", "V2", "v3", "V3"].map(|version| format!("/{version}/{rest}"));
            paths.extend(versions.into_iter().filter(|path| *path != self.path));
        }
        paths
    }
}

/// The routes of both flows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routes {
    /// A customer asks for a first token.
    pub create: Route,
    /// A customer asks for its token to be refreshed: arrow 1.
    pub refresh: Route,
    /// The Orchestrator asks `FederatedAuth` for a first token.
    pub issue: Route,
    /// The Orchestrator has a token refreshed: arrows 5 and 7.
    pub renew: Route,
    /// `FederatedAuth` has `ScopedAuth` make a token.
    pub generate: Route,
    /// `FederatedAuth` has a token validated: arrows 6 and 8.
    pub validate: Route,
    /// The keys that lead to the deployment key in the body that asks for a first token.
    pub deployment_key_at: Vec<String>,
    /// The keys that lead to the customer's token in the body that asks for it to be refreshed, where it is drawn there.
    pub token_at: Option<Vec<String>>,
    /// Whether `FederatedAuth` says which grants the token that `ScopedAuth` makes is to have.
    pub states_grants: bool,
    /// Where bodies of the creation flow hold their members, where that is not where the reference has them: by who sends
    /// them, and by what the reference calls them.
    pub places: BTreeMap<(Participant, &'static str), Vec<String>>,
    /// Whether requests are taken at the same paths of other versions, and by another method where none was agreed, as a
    /// neighbour may send them that read the diagram otherwise.
    pub is_lenient: bool,
}

impl Routes {
    /// Returns a body of the creation flow with its members in the places that they have in what this participant sends.
    pub fn placed(&self, sender: Participant, body: Value) -> Value {
        let Value::Object(members) = body else { return body };
        let mut placed = Value::Object(Map::new());
        for (name, value) in members {
            let drawn = self.places.iter().find(|((by, called), _)| *by == sender && **called == name);
            let path = drawn.map_or_else(|| vec![name.clone()], |(_, path)| path.clone());
            let mut place = &mut placed;
            for key in path {
                if !place.is_object() {
                    *place = Value::Object(Map::new());
                }
                place = &mut place[key];
            }
            *place = value;
        }
        placed
    }
}

impl Default for Routes {
    /// Returns the routes of the reference, which takes no others.
    fn default() -> Self {
        Self {
            create: Route::post(CREATE_TOKEN),
            refresh: Route::post(REFRESH_TOKEN),
            issue: Route::post(ISSUE_TOKENS),
            renew: Route { is_method_agreed: false, ..Route::post(REFRESH_TOKENS) },
            generate: Route::post(GENERATE_TOKEN),
            validate: Route::post(VALIDATE_TOKEN),
            deployment_key_at: vec!["deploymentKey".to_owned()],
            token_at: None,
            states_grants: true,
            places: BTreeMap::new(),
            is_lenient: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_is_taken_in_any_version() {
        let paths = Route::post("/V2/Webchat/Token").in_any_version();
        assert_eq!(paths.len(), 6);
        assert_eq!(paths[0], "/V2/Webchat/Token");
        assert!(paths.contains(&"/v2/Webchat/Token".to_owned()));
        assert_eq!(Route::post("/validate").in_any_version(), ["/validate"]);
        assert_eq!(Route::post("/vat/x").in_any_version(), ["/vat/x"]);
    }

    #[test]
    fn a_body_has_its_members_where_they_are_drawn() {
        let places = [((Participant::FederatedAuth, "ttl"), vec!["life".to_owned(), "seconds".to_owned()])];
        let routes = Routes { places: places.into(), ..Routes::default() };
        let body = json!({"ttl": 60, "grants": []});
        let seen = routes.placed(Participant::FederatedAuth, body.clone());
        assert_eq!(seen, json!({"life": {"seconds": 60}, "grants": []}));
        assert_eq!(routes.placed(Participant::ScopedAuth, body.clone()), body);
    }

    #[test]
    fn the_account_stands_in_the_path() {
        let sid: AccountSid = format!("AC{}", "0".repeat(32)).parse().unwrap();
        assert_eq!(Routes::default().issue.path_of(&sid), format!("/v1/Accounts/{sid}/Tokens"));
    }
}
