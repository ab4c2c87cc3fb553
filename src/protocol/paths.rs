//! The paths of the flow, as axum routes, and the functions that fill in their account.

use super::AccountSid;

/// Arrow 1: a customer asks for its token to be refreshed.
pub const REFRESH_TOKEN: &str = "/V2/Webchat/Token/Refresh";
/// The sibling flow: a customer asks for its first token.
pub const CREATE_TOKEN: &str = "/V2/Webchat/Token";
/// Arrows 5 and 7.
pub const REFRESH_TOKENS: &str = "/v1/Accounts/{account_sid}/Tokens/refresh";
/// The sibling flow, from the Orchestrator to `FederatedAuth`.
pub const ISSUE_TOKENS: &str = "/v1/Accounts/{account_sid}/Tokens";
/// Arrows 6 and 8.
pub const VALIDATE_TOKEN: &str = "/v1/ScopedAuthTokens/validate";
/// From `FederatedAuth` to `ScopedAuth`, wherever a token is made.
pub const GENERATE_TOKEN: &str = "/v1/ScopedAuthTokens/generate/internal";

/// Returns the path of arrows 5 and 7 for an account.
pub fn refresh_tokens_path(account: &AccountSid) -> String {
    format!("/v1/Accounts/{account}/Tokens/refresh")
}

/// Returns the sibling flow's path for an account.
pub fn issue_tokens_path(account: &AccountSid) -> String {
    format!("/v1/Accounts/{account}/Tokens")
}
