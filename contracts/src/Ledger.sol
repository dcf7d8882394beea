// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommittee} from "./interfaces/ICommittee.sol";
import {ILedger} from "./interfaces/ILedger.sol";
import {Certificates} from "./libraries/Certificates.sol";
import {Geometry} from "./libraries/Geometry.sol";
import {Headers} from "./libraries/Headers.sol";
import {Members} from "./libraries/Members.sol";
import {Quorum} from "./libraries/Quorum.sol";
import {EpochMembers} from "./types/EpochMembers.sol";
import {QuorumFlaw} from "./types/QuorumFlaw.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title The record on L1 of what committees attested to, and when
/// @notice One slot a post: a slot for every batch would be the most expensive part of posting. Headers live in the events
/// and are shown by their path to the headersRoot. There is no owner and nothing to pause.
contract Ledger is ILedger, EIP712 {
    bytes32 private constant ATTESTATION_TYPEHASH =
        keccak256("Attestation(bytes32 headersRoot,bytes32 committeeRoot)");

    struct Post {
        uint64 timestamp;
        uint32 epoch;
    }

    /// @inheritdoc ILedger
    ICommittee public immutable committee;

    /// @inheritdoc ILedger
    uint8 public immutable shards;

    /// @inheritdoc ILedger
    uint64 public immutable noticeSeconds;

    /// @inheritdoc ILedger
    uint64 public immutable promiseSeconds;

    /// @inheritdoc ILedger
    mapping(bytes32 headersRoot => Post) public postOf;

    constructor(ICommittee committee_, uint64 noticeSeconds_, uint64 promiseSeconds_) EIP712("Floe", "1") {
        if (address(committee_).code.length == 0) revert CommitteeWithoutCode(address(committee_));
        bool valid = noticeSeconds_ > 0 && noticeSeconds_ < promiseSeconds_
            && promiseSeconds_ <= Headers.PROMISE_SECONDS_MAX;
        if (!valid) revert PromiseInvalid(noticeSeconds_, promiseSeconds_);
        committee = committee_;
        shards = committee_.shards();
        noticeSeconds = noticeSeconds_;
        promiseSeconds = promiseSeconds_;
    }

    /// @inheritdoc ILedger
    function post(
        bytes calldata headers,
        EpochMembers calldata epochMembers,
        uint256 signers,
        bytes calldata signatures
    ) external {
        (bytes32 headersRoot, uint32 epoch, uint64 expiry) = _foldHeaders(headers);
        uint64 postedAt = _record(headersRoot, epoch, expiry, epochMembers, signers, signatures);
        emit Posted(headersRoot, epoch, postedAt, headers);
    }

    /// @inheritdoc ILedger
    function postOne(
        bytes calldata header,
        uint256 index,
        bytes calldata path,
        EpochMembers calldata epochMembers,
        uint256 signers,
        bytes calldata signatures
    ) external {
        if (!Headers.isPlace(index, path)) revert PlaceInvalid(index, path.length);
        bytes32 headersRoot = Headers.climb(headerDigest(header), index, path);
        uint32 epoch = Headers.epochOf(header);
        uint64 postedAt =
            _record(headersRoot, epoch, Headers.expiryOf(header), epochMembers, signers, signatures);
        emit PostedOne(headersRoot, epoch, postedAt, header, index, path);
    }

    /// @inheritdoc ILedger
    function standsPosted(bytes calldata header, uint256 index, bytes calldata path)
        external
        view
        returns (bool stands, bytes32 digest)
    {
        if (header.length != Headers.BYTES) return (false, 0);
        digest = Headers.digest(header, _domainSeparatorV4());
        if (!Headers.isPlace(index, path)) return (false, digest);
        Post memory posted = postOf[Headers.climb(digest, index, path)];
        uint256 expiry = Headers.expiryOf(header);
        stands = posted.timestamp != 0 && posted.epoch == Headers.epochOf(header)
            && expiry >= uint256(posted.timestamp) + noticeSeconds
            && expiry <= uint256(posted.timestamp) + promiseSeconds
            // No batch has another length: nothing about it could be opened.
            && Geometry.isLength(Headers.lengthOf(header));
    }

    /// @inheritdoc ILedger
    function verify(bytes calldata certificate, EpochMembers calldata epochMembers)
        external
        view
        returns (bool)
    {
        (
            bool ok,
            Certificates.Decoded memory decoded,
            bytes calldata header,
            bytes calldata path,
            bytes calldata signatures
        ) = Certificates.decode(certificate);
        if (!ok) return false;

        uint32 epoch = Headers.epochOf(header);
        bytes32 committeeRoot = committee.committeeRoot(epoch);
        if (committeeRoot == 0) return false;
        _checkMembers(epoch, committeeRoot, epochMembers);

        bytes32 headersRoot = Headers.climb(Headers.digest(header, _domainSeparatorV4()), decoded.index, path);
        (QuorumFlaw flaw,) = Quorum.check(
            epochMembers.members,
            shards,
            attestationDigest(headersRoot, committeeRoot),
            decoded.signers,
            signatures
        );
        return flaw == QuorumFlaw.None;
    }

    /// @inheritdoc ILedger
    function headerDigest(bytes calldata header) public view returns (bytes32) {
        if (header.length != Headers.BYTES) revert HeaderLengthInvalid(header.length);
        return Headers.digest(header, _domainSeparatorV4());
    }

    /// @inheritdoc ILedger
    function attestationDigest(bytes32 headersRoot, bytes32 committeeRoot) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ATTESTATION_TYPEHASH, headersRoot, committeeRoot)));
    }

    /// @dev Records a headersRoot if it is new, and returns when it was first posted.
    /// @param expiry The latest of the headers that are shown.
    function _record(
        bytes32 headersRoot,
        uint32 epoch,
        uint64 expiry,
        EpochMembers calldata epochMembers,
        uint256 signers,
        bytes calldata signatures
    ) private returns (uint64) {
        // What leads to a posted headersRoot is under it: its quorum was checked with the first post.
        Post memory posted = postOf[headersRoot];
        if (posted.timestamp != 0) {
            if (posted.epoch != epoch) revert EpochsMixed(0, posted.epoch, epoch);
            return posted.timestamp;
        }

        // An expiry beyond the promise is recorded: the header does not stand, and the post settles that it never will.
        uint256 expiryMin = block.timestamp + noticeSeconds;
        if (expiry < expiryMin) revert TooLateToPost(expiryMin, expiry);
        _checkOpen(epoch);
        _checkQuorum(headersRoot, epoch, epochMembers, signers, signatures);
        postOf[headersRoot] = Post({timestamp: uint64(block.timestamp), epoch: epoch});
        return uint64(block.timestamp);
    }

    /// @dev Keys of a committee that retired sign nothing that was not promised before (protocol §6.2).
    function _checkOpen(uint32 epoch) private view {
        uint256 retiredAt = committee.retiredAt(epoch);
        if (retiredAt == 0) return;
        uint256 until = retiredAt + promiseSeconds - noticeSeconds;
        if (block.timestamp > until) revert EpochClosed(epoch, until, block.timestamp);
    }

    function _checkQuorum(
        bytes32 headersRoot,
        uint32 epoch,
        EpochMembers calldata epochMembers,
        uint256 signers,
        bytes calldata signatures
    ) private view {
        bytes32 committeeRoot = committee.committeeRoot(epoch);
        if (committeeRoot == 0) revert EpochUnknown(epoch);
        _checkMembers(epoch, committeeRoot, epochMembers);

        bytes32 digest = attestationDigest(headersRoot, committeeRoot);
        (QuorumFlaw flaw, uint256 fact) =
            Quorum.check(epochMembers.members, shards, digest, signers, signatures);
        if (flaw != QuorumFlaw.None) revert QuorumMissing(flaw, fact);
    }

    function _checkMembers(uint32 epoch, bytes32 committeeRoot, EpochMembers calldata epochMembers)
        private
        pure
    {
        bytes32 received = Members.rootOf(epochMembers);
        if (received != committeeRoot) revert MembersMismatch(epoch, committeeRoot, received);
    }

    /// @dev The root over all headers, the epoch of every one of them, and the latest expiry.
    function _foldHeaders(bytes calldata headers)
        private
        view
        returns (bytes32 headersRoot, uint32 epoch, uint64 expiry)
    {
        uint256 count = headers.length / Headers.BYTES;
        if (count == 0 || count > Headers.COUNT_MAX || headers.length % Headers.BYTES != 0) {
            revert HeadersLengthInvalid(headers.length);
        }

        epoch = Headers.epochOf(headers);
        bytes32 domainSeparator = _domainSeparatorV4();
        bytes32[] memory digests = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) {
            bytes calldata header = headers[i * Headers.BYTES:(i + 1) * Headers.BYTES];
            uint32 headerEpoch = Headers.epochOf(header);
            if (headerEpoch != epoch) revert EpochsMixed(i, epoch, headerEpoch);
            uint64 headerExpiry = Headers.expiryOf(header);
            if (headerExpiry > expiry) expiry = headerExpiry;
            digests[i] = Headers.digest(header, domainSeparator);
        }
        headersRoot = Headers.rootOf(digests);
    }
}
