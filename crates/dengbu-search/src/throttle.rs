//! The limit of the public check: so many looks a minute from one address, and in all. In memory,
//! per server; a code has 80 bits, so the limit saves work rather than secrets.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};

/// Looks a minute from one address.
pub const PER_ADDRESS: u32 = 20;
/// Looks a minute in all.
pub const IN_ALL: u32 = 600;

/// Counts looks of the present minute.
#[derive(Debug)]
pub struct Throttle {
    minute: Mutex<Minute>,
    per_address: u32,
    in_all: u32,
}

impl Default for Throttle {
    fn default() -> Self {
        Self::of(PER_ADDRESS, IN_ALL)
    }
}

#[derive(Debug, Default)]
struct Minute {
    began: Option<DateTime<Utc>>,
    all: u32,
    by_address: BTreeMap<Option<IpAddr>, u32>,
}

impl Throttle {
    /// With limits of its own, a minute from one address and in all.
    #[must_use]
    pub fn of(per_address: u32, in_all: u32) -> Self {
        Self {
            minute: Mutex::default(),
            per_address,
            in_all,
        }
    }

    /// Whether one more look is allowed; it is counted when it is.
    #[must_use]
    pub fn allow(&self, address: Option<IpAddr>, now: DateTime<Utc>) -> bool {
        let mut minute = match self.minute.lock() {
            Ok(guard) => guard,
            Err(poisoned) => poisoned.into_inner(),
        };
        let fresh = minute
            .began
            .is_none_or(|b| now < b || now - b >= TimeDelta::minutes(1));
        if fresh {
            *minute = Minute {
                began: Some(now),
                ..Minute::default()
            };
        }
        if minute.all >= self.in_all {
            return false;
        }
        let own = minute.by_address.entry(address).or_default();
        if *own >= self.per_address {
            return false;
        }
        *own += 1;
        minute.all += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_held_back_and_others_are_not() {
        let t = Throttle::default();
        let now: DateTime<Utc> = "2026-11-23T01:00:00Z".parse().unwrap();
        let one = Some("192.0.2.1".parse().unwrap());
        let other = Some("192.0.2.2".parse().unwrap());
        for _ in 0..PER_ADDRESS {
            assert!(t.allow(one, now));
        }
        assert!(!t.allow(one, now) && t.allow(other, now));
        assert!(t.allow(one, now + TimeDelta::minutes(1)));
    }

    #[test]
    fn all_together_have_a_limit_too() {
        let t = Throttle::default();
        let now: DateTime<Utc> = "2026-11-23T01:00:00Z".parse().unwrap();
        let allowed = (0..IN_ALL + 50)
            .filter(|n| t.allow(Some(IpAddr::from(n.to_be_bytes())), now))
            .count();
        assert_eq!(allowed, IN_ALL as usize);
    }
}
