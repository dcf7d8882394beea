// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Member} from "../types/Member.sol";
import {QuorumFlaw} from "../types/QuorumFlaw.sol";
import {ICommittee} from "./ICommittee.sol";

/// @title The record on L1 of what committees attested to
/// @notice Guarantees:
/// - Complete: the accumulator commits to every post in order, so one read of it tells a follower of the events whether
///   it has missed any.
/// - Harmless repetition: anyone may post, and post the same headers again; nothing depends on who, when or how often.
/// - Total verification: `verify` answers every byte string with true or false. It reverts only for members that are
///   not those of an epoch that exists, or for lack of gas, so that neither can pass for a bad certificate.
/// - Bound to the domain: an attestation made for another chain or another ledger counts for nothing here.
interface ILedger {
    /// @notice The committee has no code, so that it could never answer.
    error CommitteeWithoutCode(address committee);

    /// @notice A post carries 1 … 1,024 headers of 100 bytes each.
    error HeadersLengthInvalid(uint256 length);

    /// @notice All headers of a post are of the epoch of the first, which is the attestation's (protocol §4).
    error EpochsMixed(uint256 index, uint32 expected, uint32 received);

    /// @notice No such epoch has started.
    error EpochUnknown(uint32 epoch);

    /// @notice The members given are not those of the epoch.
    error MembersMismatch(uint32 epoch, bytes32 expected, bytes32 received);

    /// @notice The attestation does not hold. What `fact` tells depends on the flaw, see {QuorumFlaw}.
    error QuorumMissing(QuorumFlaw flaw, uint256 fact);

    /// @notice A header is 100 bytes long.
    error HeaderLengthInvalid(uint256 length);

    /// @notice Headers were posted under a quorum.
    /// @param headersRoot The root over the headers' digests (protocol §4).
    /// @param epoch The epoch of every one of them.
    /// @param accumulator The accumulator after this post. It costs 271 gas (measured) and lets a follower that starts
    /// in the middle, without historic state, check each event against the one before it.
    /// @param headers The packed headers, 100 bytes each.
    event Posted(bytes32 indexed headersRoot, uint32 indexed epoch, bytes32 accumulator, bytes headers);

    /// @notice Records headers that a quorum of their epoch's committee attested to.
    /// @param headers 1 … 1,024 packed headers, all of one epoch.
    /// @param members The members of that epoch, as in its EpochStarted event.
    /// @param signers Bit i is set if member i signed.
    /// @param signatures One compact signature of 64 bytes (EIP-2098) a signer, in the order of members.
    function post(
        bytes calldata headers,
        Member[] calldata members,
        uint256 signers,
        bytes calldata signatures
    ) external;

    /// @notice Whether a certificate holds (protocol §5). Says nothing of expiry, nor whether the header was posted.
    /// @param certificate The whole commitment, from 0x01 0x66 0x01 on.
    /// @param members The members of the header's epoch.
    /// @return True if it is canonical and a quorum of the epoch stands behind it.
    function verify(bytes calldata certificate, Member[] calldata members) external view returns (bool);

    /// @notice The EIP-712 digest of a packed header, which its disperser signs.
    function headerDigest(bytes calldata header) external view returns (bytes32);

    /// @notice The EIP-712 digest that an operator signs for all headers under a root.
    function attestationDigest(bytes32 headersRoot, uint32 epoch) external view returns (bytes32);

    /// @notice `keccak256(accumulator ‖ headersRoot)` folded over every post, 0 before the first.
    function accumulator() external view returns (bytes32);

    /// @notice The contract whose epochs count.
    function committee() external view returns (ICommittee);
}
