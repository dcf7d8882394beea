// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Why an attestation is not a quorum, each with the one fact that goes with it.
/// - None: the attestation holds; the fact is the number of the signers' shards.
/// - SignerOutside: a bit is set that belongs to no member; the fact is the number of members.
/// - SignaturesLength: not 64 bytes a signer; the fact is the length expected.
/// - BadSignature: a signature does not recover to its member's key; the fact is the member's index.
/// - TooFewShards: the signers' shards are fewer than n − f; the fact is the number of the signers' shards.
enum QuorumFlaw {
    None,
    SignerOutside,
    SignaturesLength,
    BadSignature,
    TooFewShards
}
