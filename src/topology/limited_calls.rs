//! Calls to a deployment that limits how often it is called: one that it refuses for that is made again when it says, within
//! reason. That the limit was met says nothing about the deployment.

use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::{System, Unmet};
use crate::protocol::Participant;
use crate::transcript::{Exchange, Keys, Purpose, Reply, Request, Transcript};

/// How often a call is made before nothing can be said.
const MOST_ATTEMPTS: u32 = 6;
/// The longest that is waited for one call to be made again.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// What is waited first where the deployment does not say how long.
const USUAL_WAIT: Duration = Duration::from_millis(500);
/// What can be done about it.
const HINT: &str = "hint: `requests_per_second` under [limits] of a deployment file keeps hopcheck below its limit";

impl System {
    /// Makes a call as whoever calls this participant and returns what was recorded of it.
    ///
    /// # Errors
    ///
    /// Returns why it cannot be made, or that the deployment refused it for a limit time and again.
    pub async fn call(
        &self,
        purpose: Purpose,
        keys: Keys,
        to: Participant,
        request: Request,
    ) -> Result<Transcript, Unmet> {
        let mut attempt = 1;
        loop {
            let open = self.open(purpose, keys.clone()).await;
            let sent = self.send(&open, to, request.clone()).await;
            let transcript = self.close(open);
            sent?;
            if !self.must_be_made_again(&transcript, attempt)? {
                return Ok(transcript);
            }
            attempt += 1;
        }
    }

    /// Returns whether a call was refused for a limit, and has to be made again; until then nothing is called for as long as
    /// the deployment says.
    ///
    /// # Errors
    ///
    /// Returns that it was refused time and again.
    pub fn must_be_made_again(&self, transcript: &Transcript, attempt: u32) -> Result<bool, Unmet> {
        let Some((who, reply)) = self.limit_in(transcript) else { return Ok(false) };
        let stated = retry_after(reply, SystemTime::now());
        let wait = stated.unwrap_or(USUAL_WAIT * 2_u32.pow(attempt.min(5)));
        if attempt == MOST_ATTEMPTS || wait > LONGEST_WAIT {
            let after = stated.map(|wait| format!(", to be called again after {wait:?}")).unwrap_or_default();
            let status = reply.status;
            return Err(Unmet::Failed(format!("{who} limits how often it is called: status {status}{after}\n{HINT}")));
        }
        self.rate_limit.rest(wait);
        Ok(true)
    }

    /// Says that the deployment refused calls for a limit, if it did, and what can be done about it.
    pub fn limits_met(&self) -> Option<String> {
        let times = self.rate_limit.rested();
        let calls = if times == 1 { "1 call was".to_owned() } else { format!("{times} calls were") };
        (times > 0).then(|| format!("the deployment limits how often it is called: {calls} made again later\n{HINT}"))
    }

    /// Returns the real participant that refused a call for a limit, and its reply.
    fn limit_in<'t>(&self, transcript: &'t Transcript) -> Option<(Participant, &'t Reply)> {
        let limited = |exchange: &'t Exchange| {
            let who = exchange.hop.callee();
            let reply = exchange.reply().filter(|reply| !self.plays(who) && is_limit(reply))?;
            Some((who, reply))
        };
        transcript.exchanges.iter().find_map(limited)
    }
}

/// Returns whether a reply says that too many calls came: 429 does, and 503 where it says when to come again.
fn is_limit(reply: &Reply) -> bool {
    reply.status == 429 || reply.status == 503 && reply.header_values("retry-after").next().is_some()
}

/// Returns how long a reply says is to be waited: a number of seconds, or a date.
fn retry_after(reply: &Reply, now: SystemTime) -> Option<Duration> {
    let text = reply.header_values("retry-after").next()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = OffsetDateTime::parse(&text.replace("GMT", "+0000"), &Rfc2822).ok()?;
    Some(SystemTime::from(date).duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_told_from_other_refusals() {
        for (status, headers, expected) in [
            (429, &[][..], true),
            (429, &[("retry-after", "1")], true),
            (503, &[("retry-after", "1")], true),
            (503, &[], false),
            (403, &[("retry-after", "1")], false),
            (200, &[], false),
        ] {
            assert_eq!(is_limit(&reply(status, headers)), expected, "{status} {headers:?}");
        }
    }

    #[test]
    fn how_long_to_wait_is_read_in_both_forms() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_445_412_470);
        for (text, expected) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(10)),
            ("Wed, 21 Oct 2015 07:27:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            let wait = retry_after(&reply(429, &[("retry-after", text)]), now);
            assert_eq!(wait, expected.map(Duration::from_secs), "{text}");
        }
    }

    fn reply(status: u16, headers: &[(&str, &str)]) -> Reply {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Reply { status, headers: headers.collect(), ..Reply::default() }
    }
}
