//! The account book: which accounts exist, by SID and by deployment key. Does not read files.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::protocol::{Account, AccountSid, DeploymentKey};

/// The accounts in which arrows 2 and 3 look, shared: a clone is the same book, and a change is seen by the next request.
///
/// # Implementation Rationale
///
/// A configuration is handed out as an `Arc`, not under the lock: whoever fetched it keeps it as it was (arrow 4) while
/// the book changes, and no lock is held while a request waits for a neighbour.
#[derive(Debug, Clone, Default)]
pub struct AccountBook(Arc<RwLock<Pages>>);

#[derive(Debug, Default)]
struct Pages {
    accounts: BTreeMap<AccountSid, Arc<Account>>,
    owners: HashMap<DeploymentKey, AccountSid>,
    /// How often the keys may have become others.
    keys_changed: u64,
}

impl AccountBook {
    /// Returns an empty book.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a book with these accounts in it. Refuses them where two have the same SID or deployment key.
    pub fn of(accounts: &[Account]) -> Result<Self, AccountRefused> {
        let book = Self::new();
        for account in accounts {
            book.add(account.clone())?;
        }
        Ok(book)
    }

    /// Adds an account. Refuses one whose SID or deployment key is taken.
    pub fn add(&self, account: Account) -> Result<(), AccountRefused> {
        let mut pages = self.write();
        if pages.accounts.contains_key(&account.account_sid) {
            return Err(AccountRefused::SidTaken(account.account_sid));
        }
        pages.enter(account)
    }

    /// Removes an account and returns it as it was.
    pub fn remove(&self, account_sid: &AccountSid) -> Option<Arc<Account>> {
        self.write().strike(account_sid)
    }

    /// Changes an account. Leaves the book as it was when the change would take another account's SID or key.
    ///
    /// The change runs while the book is locked, and must not use it.
    pub fn change(&self, account_sid: &AccountSid, change: impl FnOnce(&mut Account)) -> Result<(), AccountRefused> {
        let mut pages = self.write();
        let Some(before) = pages.accounts.get(account_sid).cloned() else {
            return Err(AccountRefused::Unknown(account_sid.clone()));
        };
        let mut account = Account::clone(&before);
        change(&mut account);
        if account.account_sid != *account_sid && pages.accounts.contains_key(&account.account_sid) {
            return Err(AccountRefused::SidTaken(account.account_sid));
        }
        pages.check_keys(&account, account_sid)?;
        let keys_changed = pages.keys_changed + u64::from(account.deployment_keys != before.deployment_keys);
        pages.strike(account_sid);
        pages.enter(account)?;
        pages.keys_changed = keys_changed;
        Ok(())
    }

    /// Replaces accounts by others, and leaves the rest. Leaves the book as it was when the others cannot be in it.
    pub fn replace(&self, old: &[Account], new: &[Account]) -> Result<(), AccountRefused> {
        let mut pages = self.write();
        let mut replaced = Pages { owners: pages.owners.clone(), accounts: pages.accounts.clone(), ..*pages };
        for account in old.iter().chain(new) {
            replaced.strike(&account.account_sid);
        }
        for account in new {
            replaced.enter(account.clone())?;
        }
        *pages = replaced;
        Ok(())
    }

    /// Arrow 2: returns the SID of the account that has the deployment key.
    pub fn account_sid(&self, key: &DeploymentKey) -> Option<AccountSid> {
        self.read().owners.get(key).cloned()
    }

    /// Arrow 3: returns the account's configuration as it is now.
    pub fn configuration(&self, account_sid: &AccountSid) -> Option<Arc<Account>> {
        self.read().accounts.get(account_sid).cloned()
    }

    /// Returns a number that is another one as soon as any account has other deployment keys.
    pub fn keys_version(&self) -> u64 {
        self.read().keys_changed
    }

    /// Returns every account, in the order of their SIDs.
    pub fn all(&self) -> Vec<Arc<Account>> {
        self.read().accounts.values().cloned().collect()
    }

    /// Reads on after a panic elsewhere: every change is made on a copy, so the pages are whole.
    fn read(&self) -> RwLockReadGuard<'_, Pages> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Pages> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    fn enter(&mut self, account: Account) -> Result<(), AccountRefused> {
        self.check_keys(&account, &account.account_sid)?;
        for key in &account.deployment_keys {
            self.owners.insert(key.clone(), account.account_sid.clone());
        }
        self.keys_changed += 1;
        self.accounts.insert(account.account_sid.clone(), Arc::new(account));
        Ok(())
    }

    fn strike(&mut self, account_sid: &AccountSid) -> Option<Arc<Account>> {
        self.owners.retain(|_, owner| owner != account_sid);
        self.keys_changed += 1;
        self.accounts.remove(account_sid)
    }

    /// Checks that nobody but `known_as` has one of the account's keys.
    fn check_keys(&self, account: &Account, known_as: &AccountSid) -> Result<(), AccountRefused> {
        let owners = account.deployment_keys.iter().filter_map(|key| self.owners.get(key));
        match owners.into_iter().find(|owner| *owner != known_as) {
            Some(owner) => Err(AccountRefused::KeyTaken(owner.clone())),
            None => Ok(()),
        }
    }
}

/// Why the book does not take an account, or a change of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountRefused {
    /// The book has no such account.
    #[error("there is no account {0}")]
    Unknown(AccountSid),
    /// The book has an account of this SID.
    #[error("there is already an account {0}")]
    SidTaken(AccountSid),
    /// One of the deployment keys belongs to this account.
    #[error("one of the deployment keys already belongs to account {0}")]
    KeyTaken(AccountSid),
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::super::testing::{account, sid};
    use super::*;
    use crate::protocol::Feature;

    #[test]
    fn an_account_is_found_by_each_of_its_keys() {
        let book = AccountBook::new();
        let two_keys = Account { deployment_keys: vec![key("K1"), key("K2")], ..account('1') };
        book.add(two_keys.clone()).unwrap();
        for name in ["K1", "K2"] {
            assert_eq!(book.account_sid(&key(name)), Some(two_keys.account_sid.clone()));
        }
        assert_eq!(book.account_sid(&key("K3")), None);
        assert_eq!(*book.configuration(&two_keys.account_sid).unwrap(), two_keys);
    }

    #[test]
    fn a_sid_or_a_key_belongs_to_one_account() {
        let book = AccountBook::new();
        book.add(account('1')).unwrap();
        let one = account('1').account_sid;
        assert_eq!(book.add(account('1')), Err(AccountRefused::SidTaken(one.clone())));
        let thief = Account { deployment_keys: account('1').deployment_keys, ..account('2') };
        assert_eq!(book.add(thief), Err(AccountRefused::KeyTaken(one)));
        assert_eq!(book.all().len(), 1);
    }

    #[test]
    fn a_change_is_seen_by_every_clone_and_not_by_who_fetched_before() {
        let book = AccountBook::new();
        book.add(account('1')).unwrap();
        let sid = account('1').account_sid;
        let kept = book.configuration(&sid).unwrap();
        book.clone().change(&sid, |account| account.deployment_keys = vec![key("new")]).unwrap();
        assert_eq!(book.account_sid(&key("new")), Some(sid));
        assert_eq!(book.account_sid(&kept.deployment_keys[0]), None);
        assert_eq!(*kept, account('1'));
    }

    #[test]
    fn the_version_of_the_keys_changes_with_them_alone() {
        let (book, sid) = (AccountBook::of(&[account('1')]).unwrap(), sid('1'));
        let before = book.keys_version();
        book.change(&sid, |account| account.feature = Feature::Off).unwrap();
        assert_eq!(book.keys_version(), before);
        book.change(&sid, |account| account.deployment_keys = vec![key("l")]).unwrap();
        let changed = book.keys_version();
        book.remove(&sid);
        assert!(before < changed && changed < book.keys_version());
    }

    #[test]
    fn a_refused_change_changes_nothing() {
        let book = AccountBook::new();
        book.add(account('1')).unwrap();
        book.add(account('2')).unwrap();
        let (one, two) = (account('1').account_sid, account('2').account_sid);
        let before = book.all();
        let stolen_key = book.change(&two, |account| account.deployment_keys = self::account('1').deployment_keys);
        assert_eq!(stolen_key, Err(AccountRefused::KeyTaken(one.clone())));
        let stolen_sid = book.change(&two, |account| account.account_sid = one.clone());
        assert_eq!(stolen_sid, Err(AccountRefused::SidTaken(one)));
        assert_eq!(book.all(), before);
        assert_eq!(book.account_sid(&account('2').deployment_keys[0]), Some(two));
    }

    #[test]
    fn accounts_are_replaced_as_a_whole_or_not_at_all() {
        let book = AccountBook::new();
        let (one, two, three) = (account('1'), account('2'), account('3'));
        book.add(one.clone()).unwrap();
        book.add(three.clone()).unwrap();
        let heir = Account { deployment_keys: one.deployment_keys.clone(), ..two.clone() };
        book.replace(std::slice::from_ref(&one), std::slice::from_ref(&heir)).unwrap();
        assert_eq!(
            book.all().iter().map(|account| (**account).clone()).collect::<Vec<_>>(),
            [heir.clone(), three.clone()]
        );
        let thief = Account { deployment_keys: three.deployment_keys, ..one.clone() };
        assert!(book.replace(std::slice::from_ref(&heir), &[thief]).is_err());
        assert_eq!(book.account_sid(&one.deployment_keys[0]), Some(two.account_sid));
    }

    #[test]
    fn an_account_may_move_to_another_sid() {
        let book = AccountBook::new();
        book.add(account('1')).unwrap();
        book.change(&account('1').account_sid, |one| one.account_sid = account('3').account_sid).unwrap();
        assert_eq!(book.account_sid(&account('1').deployment_keys[0]), Some(account('3').account_sid));
        assert_eq!(book.configuration(&account('1').account_sid), None);
    }

    #[test]
    fn a_removed_account_gives_its_keys_back() {
        let book = AccountBook::new();
        book.add(account('1')).unwrap();
        assert_eq!(*book.remove(&account('1').account_sid).unwrap(), account('1'));
        assert_eq!(book.remove(&account('1').account_sid), None);
        assert_eq!(
            book.change(&account('1').account_sid, |_| ()),
            Err(AccountRefused::Unknown(account('1').account_sid))
        );
        let heir = Account { deployment_keys: account('1').deployment_keys, ..account('2') };
        book.add(heir).unwrap();
    }

    #[test]
    fn a_change_that_panics_leaves_a_usable_book() {
        let book = AccountBook::new();
        book.add(account('1')).unwrap();
        let panicked = catch_unwind(AssertUnwindSafe(|| book.change(&account('1').account_sid, |_| panic!("planned"))));
        assert!(panicked.is_err());
        assert_eq!(*book.all()[0], account('1'));
        book.add(account('2')).unwrap();
    }

    fn key(text: &str) -> DeploymentKey {
        DeploymentKey::new(text)
    }
}
