//! Whole numbers in as few bytes as they need (LEB128, as in DWARF and WebAssembly): most are small. By hand, since the crates that
//! do it are for readers and writers of streams and do no less.

/// Seven bits a byte, the lowest first; the highest bit of a byte tells that more follow.
pub(super) fn write(mut number: u64, bytes: &mut Vec<u8>) {
    while number > 0x7f {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Takes a number off; `None` where there is none.
pub(super) fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for place in 0..10 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f).checked_shl(7 * place)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn given_any_numbers_when_written_then_they_read_back(numbers in proptest::collection::vec((any::<u64>(), 0u32..64), 0..8)) {
            let numbers: Vec<u64> = numbers.into_iter().map(|(number, fewer)| number >> fewer).collect();
            let mut bytes = Vec::new();
            numbers.iter().for_each(|number| write(*number, &mut bytes));
            let mut rest = bytes.as_slice();
            let read: Vec<u64> = std::iter::from_fn(|| read(&mut rest)).collect();
            prop_assert_eq!((read, rest), (numbers, &[][..]));
        }
    }

    #[test]
    fn given_no_end_when_read_then_there_is_no_number() {
        assert_eq!(read(&mut &[0x80; 11][..]), None);
        assert_eq!(read(&mut &[0x80][..]), None);
    }
}
