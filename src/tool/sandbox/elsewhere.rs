//! Where the system is not Linux: nothing is contained, and that is said.

use super::Offer;
use super::folders::Grant;

/// Nothing.
pub(super) fn offer() -> Offer {
    let reason = "this system has no means for it that planwright knows";
    Offer {
        files: None,
        no_files: reason.to_owned(),
        network: false,
        no_network: reason.to_owned(),
    }
}

/// Does nothing, as [`offer`] says.
#[expect(
    clippy::unnecessary_wraps,
    reason = "it stands in the place of one that can fail"
)]
pub(super) fn enter(_: &[Grant], _: bool, _: bool, _: bool) -> Result<(), String> {
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_is_promised() {
        let offer = super::offer();
        assert_eq!((offer.files, offer.network), (None, false));
        assert_eq!(super::enter(&[], false, false, false), Ok(()));
    }
}
