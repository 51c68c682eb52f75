//! Which partition a stream lives in: murmur2 of the key, as Java's default partitioner computes it.
//!
//! Ours rather than librdkafka's, because a writer must know the partition before it decides.

/// The partition of a key in a topic of `count` partitions, the same as Kafka's Java client chooses.
///
/// ```
/// use kafka_es::partition_for;
///
/// assert_eq!(partition_for(b"foobar", 12), 6);
/// // In a topic that grew, the stream's next record would stand elsewhere: the count never changes.
/// assert_eq!(partition_for(b"foobar", 13), 7);
/// ```
pub fn partition_for(key: &[u8], count: i32) -> i32 {
    let positive = murmur2(key) & 0x7fff_ffff;
    i32::try_from(positive % count.max(1).unsigned_abs()).unwrap_or(0)
}

/// Murmur2, 32 bits, with the seed that Kafka uses.
fn murmur2(data: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    const SEED: u32 = 0x9747_b28c;
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let mut hash = SEED ^ length;
    let mut words = data.chunks_exact(4);
    for word in &mut words {
        let mut k = u32::from_le_bytes([word[0], word[1], word[2], word[3]]).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        for (n, byte) in rest.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * n);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_the_vectors_of_the_java_client_when_hashed_then_they_agree() {
        let vectors: [(&str, i32); 6] = [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ];
        for (text, hash) in vectors {
            assert_eq!(murmur2(text.as_bytes()).cast_signed(), hash, "{text}");
        }
    }

    #[test]
    fn given_any_count_when_partitioned_then_the_partition_exists() {
        for count in [1, 2, 3, 12, 100] {
            for n in 0..500 {
                let partition = partition_for(format!("default/{n}").as_bytes(), count);
                assert!((0..count).contains(&partition));
            }
        }
    }
}
