//! What travels: the participants and hops of the flow, its secrets, accounts, messages and published codes.
//!
//! Knows nothing of diagrams, verdicts or services, and does no I/O.

mod account;
mod codes;
mod contract;
mod held_token;
mod hop;
mod messages;
mod origin;
mod paths;
mod request_id;
mod routes;
mod secret;

pub use account::{Account, AccountSid, Feature, FingerprintSensitivity, InvalidAccountSid};
pub use codes::Code;
pub use contract::{Codes, Contract, Statuses, TokenPlace, TokenRotation};
pub use held_token::held_token;
pub use hop::{Hop, Participant, UnknownParticipant};
pub use messages::{
    AuthAccount, CreateTokenRequest, False, FederatedRefreshRequest, GenerateTokenRequest, GeneratedToken,
    IssueTokenRequest, IssuedToken, RefreshRequest, Refreshed, Refusal, True, ValidateRequest, Validation,
};
pub use origin::{OPAQUE_ORIGIN, is_origin};
pub use paths::{
    CREATE_TOKEN, GENERATE_TOKEN, ISSUE_TOKENS, REFRESH_TOKEN, REFRESH_TOKENS, VALIDATE_TOKEN, issue_tokens_path,
    refresh_tokens_path,
};
pub use request_id::REQUEST_ID_HEADER;
pub use routes::{Route, Routes};
pub use secret::{DeploymentKey, Fingerprint, Token};
