// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommittee} from "./interfaces/ICommittee.sol";
import {ICustomDAProofValidator} from "./interfaces/ICustomDAProofValidator.sol";
import {IDisputes} from "./interfaces/IDisputes.sol";
import {ILedger} from "./interfaces/ILedger.sol";
import {Certificates} from "./libraries/Certificates.sol";
import {Geometry} from "./libraries/Geometry.sol";
import {Headers} from "./libraries/Headers.sol";
import {Reads} from "./libraries/Reads.sol";
import {EpochMembers} from "./types/EpochMembers.sol";

/// @title What Nitro's one-step prover asks of Floe (protocol §8)
/// @notice Guarantees:
/// - Every certificate is valid or invalid, independent of the prover. Bad bytes beside it revert and decide nothing, and
///   so does a lack of gas: nothing is called in a way that could hide it.
/// - The result becomes true only by a post, which is possible until `expiry − noticeSeconds`, and after that it changes only with
///   an invalidation on {IDisputes}, which is settled two windows after expiry. There is no owner in it.
/// - A certificate that could not hold when the rollup posted it never becomes valid: an epoch's root is not known before it starts.
/// - A certificate is valid only if every step of the machine over it can be proved.
contract NitroProofValidator is ICustomDAProofValidator {
    uint256 private constant CERT_SIZE_BYTES = 8;

    /// @notice The contract whose invalidations count.
    IDisputes public immutable disputes;

    /// @notice The contract whose certificates count.
    ILedger public immutable ledger;

    /// @notice The contract whose epochs count.
    ICommittee public immutable committee;

    /// @notice n, the number of shards in every epoch.
    uint256 public immutable shards;

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
        shards = ledger.shards();
    }

    /// @inheritdoc ICustomDAProofValidator
    /// @dev Checks neither posts, signatures nor invalidation: the machine reads only after {validateCertificate} returned true.
    /// If this checked again, a header that became invalid between two steps would leave the honest side with a step that it
    /// cannot prove.
    function validateReadPreimage(bytes32 certHash, uint256 offset, bytes calldata proof)
        external
        view
        returns (bytes memory)
    {
        (bytes calldata certificate, bytes calldata opening) = _split(proof);
        bytes32 received = keccak256(certificate);
        if (received != certHash) revert CertificateHashMismatch(certHash, received);
        (bool ok,, bytes calldata header,,) = Certificates.decode(certificate);
        if (!ok) revert CertificateMalformed();
        return Reads.word(header, shards, offset, opening);
    }

    /// @inheritdoc ICustomDAProofValidator
    /// @dev What the certificate and L1 alone decide comes first, so that no other bytes can prevent that the result is false.
    function validateCertificate(bytes calldata proof) external view returns (bool) {
        (bytes calldata certificate, bytes calldata rest) = _split(proof);
        if (rest.length == 0) revert ProofTooShort(1, 0);
        (bool ok, Certificates.Decoded memory decoded, bytes calldata header, bytes calldata path,) =
            Certificates.decode(certificate);
        if (!ok) return false;
        // The replay reads until a read is short. At a multiple of 32 the last one is empty, and the prover takes no empty
        // read: no prover could prove that step, and the honest side of a dispute over it would lose.
        if (Headers.lengthOf(header) % Geometry.WORD_BYTES == 0) return false;

        (bool stands, bytes32 digest) = ledger.standsPosted(header, decoded.index, path);
        if (!stands || disputes.isInvalid(digest)) return false;
        uint32 epoch = Headers.epochOf(header);
        return ledger.verify(certificate, _epochMembers(epoch, rest[1:]));
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

    /// @dev The root is the hash of the encoding, so that there are exactly these bytes or none.
    function _epochMembers(uint32 epoch, bytes calldata encoded)
        private
        view
        returns (EpochMembers calldata epochMembers)
    {
        bytes32 committeeRoot = committee.committeeRoot(epoch);
        bytes32 received = keccak256(encoded);
        if (received != committeeRoot) revert MembersMismatch(epoch, committeeRoot, received);
        // What the Committee encoded is the offset 0x20 and the struct behind it. Used where it stands: to decode it and encode it
        // again for the ledger would cost 290 gas a member more (measured).
        assembly ("memory-safe") {
            epochMembers := add(encoded.offset, 0x20)
        }
    }
}
