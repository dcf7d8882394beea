// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommittee} from "./interfaces/ICommittee.sol";
import {ILedger} from "./interfaces/ILedger.sol";
import {Certificates} from "./libraries/Certificates.sol";
import {Headers} from "./libraries/Headers.sol";
import {Quorum} from "./libraries/Quorum.sol";
import {Member} from "./types/Member.sol";
import {QuorumFlaw} from "./types/QuorumFlaw.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title The record on L1 of what committees attested to
/// @notice One slot in all: a slot for every batch would be the most expensive part of posting. Headers live in the events,
/// and the accumulator commits to the events. There is no owner and nothing to pause.
contract Ledger is ILedger, EIP712 {
    bytes32 private constant ATTESTATION_TYPEHASH =
        keccak256("Attestation(bytes32 headersRoot,uint32 epoch)");
    uint256 private constant HEADERS_MAX = 1024;

    /// @inheritdoc ILedger
    ICommittee public immutable committee;

    /// @inheritdoc ILedger
    bytes32 public accumulator;

    constructor(ICommittee committee_) EIP712("Floe", "1") {
        if (address(committee_).code.length == 0) revert CommitteeWithoutCode(address(committee_));
        committee = committee_;
    }

    /// @inheritdoc ILedger
    function post(
        bytes calldata headers,
        Member[] calldata members,
        uint256 signers,
        bytes calldata signatures
    ) external {
        (bytes32 headersRoot, uint32 epoch) = _rootAndEpoch(headers);
        _checkQuorum(headersRoot, epoch, members, signers, signatures);

        bytes32 folded = keccak256(abi.encode(accumulator, headersRoot));
        accumulator = folded;
        emit Posted(headersRoot, epoch, folded, headers);
    }

    /// @inheritdoc ILedger
    function verify(bytes calldata certificate, Member[] calldata members) external view returns (bool) {
        (bool ok, bytes calldata header, bytes calldata path, uint256 signers, bytes calldata signatures) =
            Certificates.decode(certificate);
        if (!ok) return false;

        uint32 epoch = Headers.epochOf(header);
        bytes32 committeeRoot = committee.committeeRoot(epoch);
        if (committeeRoot == 0) return false;
        _checkMembers(epoch, committeeRoot, members);

        bytes32 headersRoot = Headers.climb(Headers.digest(header, _domainSeparatorV4()), path);
        (QuorumFlaw flaw,) = Quorum.check(members, attestationDigest(headersRoot, epoch), signers, signatures);
        return flaw == QuorumFlaw.None;
    }

    /// @inheritdoc ILedger
    function headerDigest(bytes calldata header) external view returns (bytes32) {
        if (header.length != Headers.BYTES) revert HeaderLengthInvalid(header.length);
        return Headers.digest(header, _domainSeparatorV4());
    }

    /// @inheritdoc ILedger
    function attestationDigest(bytes32 headersRoot, uint32 epoch) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ATTESTATION_TYPEHASH, headersRoot, epoch)));
    }

    function _rootAndEpoch(bytes calldata headers) internal view returns (bytes32 headersRoot, uint32 epoch) {
        uint256 count = headers.length / Headers.BYTES;
        if (count == 0 || count > HEADERS_MAX || headers.length % Headers.BYTES != 0) {
            revert HeadersLengthInvalid(headers.length);
        }

        epoch = Headers.epochOf(headers);
        bytes32 domainSeparator = _domainSeparatorV4();
        bytes32[] memory digests = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) {
            bytes calldata header = headers[i * Headers.BYTES:(i + 1) * Headers.BYTES];
            uint32 headerEpoch = Headers.epochOf(header);
            if (headerEpoch != epoch) revert EpochsMixed(i, epoch, headerEpoch);
            digests[i] = Headers.digest(header, domainSeparator);
        }
        headersRoot = Headers.rootOf(digests);
    }

    function _checkQuorum(
        bytes32 headersRoot,
        uint32 epoch,
        Member[] calldata members,
        uint256 signers,
        bytes calldata signatures
    ) internal view {
        bytes32 committeeRoot = committee.committeeRoot(epoch);
        if (committeeRoot == 0) revert EpochUnknown(epoch);
        _checkMembers(epoch, committeeRoot, members);

        (QuorumFlaw flaw, uint256 fact) =
            Quorum.check(members, attestationDigest(headersRoot, epoch), signers, signatures);
        if (flaw != QuorumFlaw.None) revert QuorumMissing(flaw, fact);
    }

    function _checkMembers(uint32 epoch, bytes32 committeeRoot, Member[] calldata members) internal pure {
        bytes32 received = Quorum.membersHash(members);
        if (received != committeeRoot) revert MembersMismatch(epoch, committeeRoot, received);
    }
}
