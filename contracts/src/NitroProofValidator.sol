// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommittee} from "./interfaces/ICommittee.sol";
import {ICustomDAProofValidator} from "./interfaces/ICustomDAProofValidator.sol";
import {IDisputes} from "./interfaces/IDisputes.sol";
import {ILedger} from "./interfaces/ILedger.sol";
import {Certificates} from "./libraries/Certificates.sol";
import {Geometry} from "./libraries/Geometry.sol";
import {Headers} from "./libraries/Headers.sol";
import {Members} from "./libraries/Members.sol";
import {Reads} from "./libraries/Reads.sol";
import {Member} from "./types/Member.sol";

/// @title What Nitro's one-step prover asks of Floe (protocol §8)
/// @notice Guarantees:
/// - Every certificate is valid or invalid, independent of the prover. Bad bytes beside it revert and decide nothing, and
///   so does a lack of gas: nothing is called in a way that could hide it.
/// - The result for a certificate changes only with an invalidation on {IDisputes}. There is no time in it and no owner.
/// - A certificate is valid only if every step of the machine over it can be proved.
contract NitroProofValidator is ICustomDAProofValidator {
    uint256 private constant CERT_SIZE_BYTES = 8;
    uint256 private constant OPENING_LENGTH_BYTES = 2;

    /// @notice The contract whose invalidations count.
    IDisputes public immutable disputes;

    /// @notice The contract whose certificates count.
    ILedger public immutable ledger;

    /// @notice The contract whose epochs count.
    ICommittee public immutable committee;

    /// @notice The proof ends before what it is said to contain.
    error ProofTooShort(uint256 expected, uint256 received);

    /// @notice The certificate in the proof is not the one that the machine has.
    error CertificateHashMismatch(bytes32 expected, bytes32 received);

    /// @notice The machine never reads behind bytes that are no certificate.
    error CertificateMalformed();

    /// @notice The members in the proof are not the bytes under the committee's root.
    error MembersMismatch(uint32 epoch, bytes32 expected, bytes32 received);

    constructor(IDisputes disputes_) {
        disputes = disputes_;
        ledger = disputes_.ledger();
        committee = ledger.committee();
    }

    /// @inheritdoc ICustomDAProofValidator
    /// @dev Checks neither signatures nor invalidation: the machine reads only after {validateCertificate} returned true. If
    /// this checked again, a header that became invalid between two steps would leave the honest side with a step that it
    /// cannot prove.
    function validateReadPreimage(bytes32 certHash, uint256 offset, bytes calldata proof)
        external
        view
        returns (bytes memory)
    {
        (bytes calldata certificate, bytes calldata rest) = _split(proof);
        bytes32 received = keccak256(certificate);
        if (received != certHash) revert CertificateHashMismatch(certHash, received);
        (bool ok, bytes calldata header,,,) = Certificates.decode(certificate);
        if (!ok) revert CertificateMalformed();

        if (rest.length < OPENING_LENGTH_BYTES) revert ProofTooShort(OPENING_LENGTH_BYTES, rest.length);
        uint256 openingEnd = OPENING_LENGTH_BYTES + uint16(bytes2(rest[:OPENING_LENGTH_BYTES]));
        if (rest.length < openingEnd) revert ProofTooShort(openingEnd, rest.length);

        uint32 epoch = Headers.epochOf(header);
        Member[] calldata members = _members(epoch, committee.committeeRoot(epoch), rest[openingEnd:]);
        return Reads.word(header, Members.shardsOf(members), offset, rest[OPENING_LENGTH_BYTES:openingEnd]);
    }

    /// @inheritdoc ICustomDAProofValidator
    /// @dev What the certificate alone decides comes first, so that no other bytes can prevent that the result is false.
    function validateCertificate(bytes calldata proof) external view returns (bool) {
        (bytes calldata certificate, bytes calldata rest) = _split(proof);
        if (rest.length == 0) revert ProofTooShort(1, 0);
        (bool ok, bytes calldata header,,,) = Certificates.decode(certificate);
        if (!ok) return false;
        // The replay reads until a read is short. At a multiple of 32 the last one is empty, and the prover takes no empty
        // read: no prover could prove that step, and the honest side of a dispute over it would lose.
        if (Headers.lengthOf(header) % Geometry.WORD_BYTES == 0) return false;

        uint32 epoch = Headers.epochOf(header);
        bytes32 committeeRoot = committee.committeeRoot(epoch);
        if (committeeRoot == 0) return false;
        if (disputes.isInvalid(ledger.headerDigest(header))) return false;
        return ledger.verify(certificate, _members(epoch, committeeRoot, rest[1:]));
    }

    /// @dev certSize u64 ‖ certificate ‖ rest
    function _split(bytes calldata proof)
        private
        pure
        returns (bytes calldata certificate, bytes calldata rest)
    {
        if (proof.length < CERT_SIZE_BYTES) revert ProofTooShort(CERT_SIZE_BYTES, proof.length);
        uint256 end = CERT_SIZE_BYTES + uint64(bytes8(proof[:CERT_SIZE_BYTES]));
        if (proof.length < end) revert ProofTooShort(end, proof.length);
        return (proof[CERT_SIZE_BYTES:end], proof[end:]);
    }

    /// @dev The root is the hash of the members' encoding, so that there are exactly these bytes or none.
    function _members(uint32 epoch, bytes32 committeeRoot, bytes calldata encoded)
        private
        pure
        returns (Member[] calldata members)
    {
        bytes32 received = keccak256(encoded);
        if (received != committeeRoot) revert MembersMismatch(epoch, committeeRoot, received);
        // What the Committee encoded is the offset 0x20, the length, and the members. Used where it stands: to decode it and
        // encode it again for the ledger would cost 290 gas a member more (measured).
        assembly ("memory-safe") {
            members.length := calldataload(add(encoded.offset, 0x20))
            members.offset := add(encoded.offset, 0x40)
        }
    }
}
