//! Who is to be served: everybody who applied, or the agent who acts for them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use dengbu_model::party::{Party, PartyKind};

use super::FILE;
use crate::application::Application;
use crate::catalogue::Business;

/// On which side of the application a person stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// 权利人.
    Holder,
    /// 义务人.
    Obligor,
    /// 联系人, where nobody else is named.
    Contact,
}

impl Side {
    /// Code as stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Obligor => "obligor",
            Self::Contact => "contact",
        }
    }
}

/// A person a document must reach (受送达人).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    /// Name.
    pub name: String,
    /// Kind of person.
    pub kind: PartyKind,
    /// Side.
    pub side: Side,
    /// What that side is called in the business, such as 受让人.
    pub side_name: String,
    /// The agent, to whom it may be handed instead (民事诉讼法第八十八条).
    pub agent: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Address.
    pub address: Option<String>,
}

fn addressee(party: &Party, side: Side, side_name: &str) -> Addressee {
    let filled = |t: &Option<String>| t.clone().filter(|t| !t.trim().is_empty());
    let agent = party.agent.as_ref();
    Addressee {
        name: party.name.trim().to_owned(),
        kind: party.kind,
        side,
        side_name: side_name.to_owned(),
        agent: agent
            .map(|a| a.name.trim().to_owned())
            .filter(|n| !n.is_empty()),
        phone: filled(&party.phone),
        address: filled(&party.address),
    }
}

/// Who applied, in the order of the application, each once: holders, and obligors where the
/// business is applied for by both sides (不动产登记暂行条例第十四条第一款). Where no name is filled
/// in yet, the contact.
#[must_use]
pub fn addressees(business: &'static Business, application: &Application) -> Vec<Addressee> {
    let parts = application
        .parts(business)
        .unwrap_or_else(|_| vec![(business, Cow::Borrowed(application))]);
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (part, asked) in &parts {
        let joint = part.applicants.obligor_label.as_deref();
        let joint = joint.filter(|_| !FILE.obligor_stays_away.contains(&part.code));
        let holder = part.applicants.holder_label.as_str();
        let holders = asked
            .holders
            .iter()
            .map(|h| (&h.party, Side::Holder, holder));
        let obligors = asked
            .obligors
            .iter()
            .filter_map(|p| joint.map(|label| (p, Side::Obligor, label)));
        for (party, side, label) in holders.chain(obligors) {
            let who = addressee(party, side, label);
            let number = party.id.as_ref().map(|i| i.number.clone());
            if !who.name.is_empty() && seen.insert((who.name.clone(), number)) {
                found.push(who);
            }
        }
    }
    if let Some(contact) = application.contact.as_ref().filter(|_| found.is_empty()) {
        let mut party = Party::named(&contact.name, PartyKind::Person);
        party.phone = Some(contact.phone.clone());
        let who = addressee(&party, Side::Contact, "联系人");
        found.extend(Some(who).filter(|w| !w.name.is_empty()));
    }
    found
}
