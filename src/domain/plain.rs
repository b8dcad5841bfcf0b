//! Plain text told at a glance: most of a long text is printable ASCII, which needs no closer look.

/// How many bytes at the beginning are printable ASCII, spaces included.
pub(crate) fn plain_len(bytes: &[u8]) -> usize {
    let mut words = bytes.chunks_exact(8);
    let whole = words
        .by_ref()
        .take_while(|word| is_plain_word(word))
        .count()
        * 8;
    let rest = bytes[whole..].iter();
    whole + rest.take_while(|byte| is_plain(**byte)).count()
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

/// Eight bytes at once: none below a space, none above `~`.
#[inline(always)]
fn is_plain_word(word: &[u8]) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const TOP: u64 = ONES << 7;
    let Ok(word) = word.try_into().map(u64::from_ne_bytes) else {
        return false;
    };
    // Where a byte is less than `n`, this borrows from its highest bit; the bytes that have that bit set are found anyway.
    let any_below = |word: u64, n: u64| word.wrapping_sub(ONES * n) & !word & TOP;
    let delete = word ^ (ONES * 0x7f);
    (word & TOP) | any_below(word, 0x20) | any_below(delete, 1) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_found_as_byte_by_byte(
            mut bytes in proptest::collection::vec(0x20_u8..0x7f, 0..80),
            odd in proptest::collection::vec((0_usize..80, any::<u8>()), 0..3),
        ) {
            for (at, byte) in odd {
                if let Some(there) = bytes.get_mut(at) {
                    *there = byte;
                }
            }
            let plain = bytes.iter().take_while(|byte| is_plain(**byte)).count();
            prop_assert_eq!(plain_len(&bytes), plain);
        }
    }
}
