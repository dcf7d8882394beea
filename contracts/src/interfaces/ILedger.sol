// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EpochMembers} from "../types/EpochMembers.sol";
import {QuorumFlaw} from "../types/QuorumFlaw.sol";
import {ICommittee} from "./ICommittee.sol";

/// @title The record on L1 of what committees attested to, and when
/// @notice Guarantees:
/// - Permanent: a header that stands posted does so permanently, and one that does not by `expiry − noticeSeconds` never will.
/// - Attested: every posted headersRoot has a quorum of its epoch behind it, and was posted while that quorum's promise could
///   still be disputed.
/// - Open: any account that has a certificate can post it, alone or with the others under its headersRoot. Posting again
///   changes nothing.
/// - Total verification: `verify` answers every byte string with true or false. It reverts only for members that are
///   not those of an epoch that exists, or for lack of gas, so that neither can pass for a bad certificate.
/// - Bound to the domain: an attestation made for another chain or another ledger counts for nothing here.
interface ILedger {
    /// @notice The committee has no code, so that it could never answer.
    error CommitteeWithoutCode(address committee);

    /// @notice A promise is longer than its notice, which is longer than nothing.
    error PromiseInvalid(uint64 noticeSeconds, uint64 promiseSeconds);

    /// @notice A post has 1 … 512 headers of 100 bytes each.
    error HeadersLengthInvalid(uint256 length);

    /// @notice All headers of a post are of the epoch of the first, which is the attestation's (protocol §4).
    error EpochsMixed(uint256 index, uint32 expected, uint32 received);

    /// @notice No such epoch has started.
    error EpochUnknown(uint32 epoch);

    /// @notice What was signed before the epoch retired had to be posted by then.
    error EpochClosed(uint32 epoch, uint256 until, uint256 timestamp);

    /// @notice No header of the post would stand: all expire too soon.
    error TooLateToPost(uint256 expiryMin, uint64 expiryMax);

    /// @notice The members given are not those of the epoch.
    error MembersMismatch(uint32 epoch, bytes32 expected, bytes32 received);

    /// @notice The attestation does not hold. What `fact` tells depends on the flaw, see {QuorumFlaw}.
    error QuorumMissing(QuorumFlaw flaw, uint256 fact);

    /// @notice A header is 100 bytes long.
    error HeaderLengthInvalid(uint256 length);

    /// @notice An index and a path show a header: at most 9 hashes, and the index below 2^(hashes).
    error PlaceInvalid(uint256 index, uint256 pathBytes);

    /// @notice All headers under a headersRoot were shown.
    /// @param headersRoot The root over the headers' digests (protocol §4).
    /// @param epoch The epoch of every one of them.
    /// @param postedAt When the headersRoot was first posted, in unix seconds.
    /// @param headers The packed headers, 100 bytes each.
    event Posted(bytes32 indexed headersRoot, uint32 indexed epoch, uint64 postedAt, bytes headers);

    /// @notice One header under a headersRoot was shown.
    /// @param headersRoot The root to which the header leads.
    /// @param epoch Its epoch.
    /// @param postedAt When the headersRoot was first posted, in unix seconds.
    /// @param header The packed header.
    /// @param index Its position.
    /// @param path The sibling hashes from its digest up, 32 bytes each.
    event PostedOne(
        bytes32 indexed headersRoot,
        uint32 indexed epoch,
        uint64 postedAt,
        bytes header,
        uint256 index,
        bytes path
    );

    /// @notice Posts all headers under a headersRoot. The first post of a headersRoot counts; later ones are only events.
    /// @param headers 1 … 512 packed headers, all of one epoch.
    /// @param epochMembers The members of that epoch.
    /// @param signers Bit i is set if member i signed.
    /// @param signatures One compact signature of 64 bytes (EIP-2098) a signer, in the order of members.
    function post(
        bytes calldata headers,
        EpochMembers calldata epochMembers,
        uint256 signers,
        bytes calldata signatures
    ) external;

    /// @notice Posts a headersRoot by one of its headers, as a certificate has it.
    /// @param header The packed header.
    /// @param index Its position under the headersRoot.
    /// @param path The sibling hashes from its digest up, 32 bytes each.
    /// @param epochMembers The members of its epoch.
    /// @param signers Bit i is set if member i signed.
    /// @param signatures One compact signature of 64 bytes (EIP-2098) a signer, in the order of members.
    function postOne(
        bytes calldata header,
        uint256 index,
        bytes calldata path,
        EpochMembers calldata epochMembers,
        uint256 signers,
        bytes calldata signatures
    ) external;

    /// @notice When a headersRoot was first posted, and for which epoch; 0 if it was not.
    function postOf(bytes32 headersRoot) external view returns (uint64 timestamp, uint32 epoch);

    /// @notice Whether a header stands posted (protocol §6.2). Once true, always true.
    /// @param header The packed header.
    /// @param index Its position under a posted headersRoot.
    /// @param path The sibling hashes from its digest up, 32 bytes each.
    /// @return stands False also for bytes that are no header or no place.
    /// @return digest The header's digest; 0 for bytes that are no header.
    function standsPosted(bytes calldata header, uint256 index, bytes calldata path)
        external
        view
        returns (bool stands, bytes32 digest);

    /// @notice Whether a certificate holds (protocol §5). Says nothing of expiry, nor whether the header was posted.
    /// @param certificate The whole commitment, from 0x01 0x66 0x01 on.
    /// @param epochMembers The members of the header's epoch.
    /// @return True if it is canonical and a quorum of the epoch stands behind it.
    function verify(bytes calldata certificate, EpochMembers calldata epochMembers)
        external
        view
        returns (bool);

    /// @notice The EIP-712 digest of a packed header, which its disperser signs.
    function headerDigest(bytes calldata header) external view returns (bytes32);

    /// @notice The EIP-712 digest that an operator signs for all headers under a root.
    function attestationDigest(bytes32 headersRoot, bytes32 committeeRoot) external view returns (bytes32);

    /// @notice The contract whose epochs count.
    function committee() external view returns (ICommittee);

    /// @notice n, the number of shards in every epoch.
    function shards() external view returns (uint8);

    /// @notice Seconds before its expiry by which a header must be posted.
    function noticeSeconds() external view returns (uint64);

    /// @notice The longest promise: seconds after its post by which a header expires.
    function promiseSeconds() external view returns (uint64);
}
