// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICustomDAProofValidator} from "../src/interfaces/ICustomDAProofValidator.sol";
import {IDisputes} from "../src/interfaces/IDisputes.sol";
import {OffsetInvalid, OpeningInvalid} from "../src/libraries/Reads.sol";
import {Line} from "../src/types/Line.sol";
import {Member} from "../src/types/Member.sol";
import {DisputesFixture} from "./support/DisputesFixture.sol";
import {Encoder} from "./support/Encoder.sol";

/// @notice Reads, and Nitro's validator over them: no for a bad certificate, a revert for bad bytes beside it, and for one
/// certificate never both answers. The real prover runs in test/contracts/one-step-prover.test.ts.
contract NitroTest is DisputesFixture {
    using Encoder for Encoder.Encoded;

    ICustomDAProofValidator private validator;
    /// @dev 150 bytes in symbols of 32, and three rows' worth of two chunks each.
    bytes private small;
    bytes private large;

    function setUp() public override {
        super.setUp();
        validator = ICustomDAProofValidator(
            vm.deployCode("NitroProofValidator.sol:NitroProofValidator", abi.encode(disputes))
        );
        small = abi.encode(Encoder.encode(4, _batch("small", 150)));
        large = abi.encode(Encoder.encode(4, _batch("large", 6 * 2048 + 101)));
    }

    function _small() private view returns (Encoder.Encoded memory) {
        return abi.decode(small, (Encoder.Encoded));
    }

    function _openingAt(Encoder.Encoded memory e, uint256 offset) private pure returns (bytes memory) {
        return e.open(offset / (e.c * e.s), 0, offset % (e.c * e.s) / e.s, offset % e.s / 2048);
    }

    /// @dev What is at an offset of a batch, from its rows.
    function _expected(Encoder.Encoded memory e, uint256 offset) private pure returns (bytes memory word) {
        word = new bytes(e.length - offset < 32 ? e.length - offset : 32);
        for (uint256 i = 0; i < word.length; i++) {
            word[i] = e.rows[(offset + i) / (e.c * e.s)][(offset + i) % (e.c * e.s)];
        }
    }

    function _sized(bytes memory certificate) private pure returns (bytes memory) {
        return bytes.concat(bytes8(uint64(certificate.length)), certificate);
    }

    function _validity(bytes memory certificate, bytes memory aux) private pure returns (bytes memory) {
        return bytes.concat(_sized(certificate), hex"01", aux);
    }

    function _readProof(bytes memory certificate, bytes memory opening) private view returns (bytes memory) {
        return bytes.concat(_sized(certificate), bytes2(uint16(opening.length)), opening, abi.encode(members));
    }

    // Reads

    function test_read_everyOffset_isTheBatch() public view {
        Encoder.Encoded memory e = _small();
        bytes memory certificate = _certificateOf(e);
        for (uint256 offset = 0; offset < 150; offset += 32) {
            bytes memory opening = _openingAt(e, offset);
            bytes memory word = disputes.read(certificate, members, offset, opening);
            vm.assertEq(word, _expected(e, offset));
            bytes memory proof = _readProof(certificate, opening);
            vm.assertEq(validator.validateReadPreimage(keccak256(certificate), offset, proof), word);
        }
    }

    function test_read_severalChunks_isTheBatch() public view {
        Encoder.Encoded memory e = abi.decode(large, (Encoder.Encoded));
        bytes memory certificate = _certificateOf(e);
        // First, around the ends of chunk, symbol and row, and the last, which is short.
        uint256[8] memory offsets =
            [uint256(0), 2016, 2048, e.s - 32, e.s, 3 * e.s - 32, 3 * e.s, e.length / 32 * 32];
        for (uint256 i = 0; i < 8; i++) {
            bytes memory word = disputes.read(certificate, members, offsets[i], _openingAt(e, offsets[i]));
            vm.assertEq(word, _expected(e, offsets[i]));
        }
        vm.assertEq(_expected(e, offsets[7]).length, 5);
    }

    function test_read_wrongOffset_reverts(uint256 offset) public {
        vm.assume(offset % 32 != 0 || offset >= 150);
        Encoder.Encoded memory e = _small();
        bytes memory certificate = _certificateOf(e);
        bytes memory opening = _openingAt(e, 0);
        bytes memory proof = _readProof(certificate, opening);
        bytes memory reason = abi.encodeWithSelector(OffsetInvalid.selector, offset, 150);
        vm.expectRevert(reason);
        disputes.read(certificate, members, offset, opening);
        vm.expectRevert(reason);
        validator.validateReadPreimage(keccak256(certificate), offset, proof);
    }

    function test_read_anotherChunk_reverts(uint256 pair, uint256 side, uint256 symbol, uint256 offset)
        public
    {
        Encoder.Encoded memory e = _small();
        offset = offset % 5 * 32;
        side %= 2;
        (pair, symbol) = (pair % 4, symbol % (side == 0 ? 3 : 2));
        vm.assume(side != 0 || pair != offset / 96 || symbol != offset / 32 % 3);
        bytes memory opening = e.open(pair, side, symbol, 0);
        bytes memory certificate = _certificateOf(e);
        bytes memory proof = _readProof(certificate, opening);
        vm.expectRevert(bytes.concat(OpeningInvalid.selector));
        disputes.read(certificate, members, offset, opening);
        vm.expectRevert(bytes.concat(OpeningInvalid.selector));
        validator.validateReadPreimage(keccak256(certificate), offset, proof);
    }

    function test_read_everyOtherChunk_reverts() public {
        for (uint256 pair = 0; pair < 4; pair++) {
            for (uint256 symbol = 0; symbol < 3; symbol++) {
                // The chunk of offset 128 is that of pair 1, row, symbol 1.
                if (pair != 1 || symbol != 1) test_read_anotherChunk_reverts(pair, 0, symbol, 4);
                if (symbol < 2) test_read_anotherChunk_reverts(pair, 1, symbol, 4);
            }
        }
    }

    function test_read_mutated_reverts(uint256 index, uint8 mask) public {
        vm.assume(mask != 0);
        Encoder.Encoded memory e = _small();
        bytes memory certificate = _certificateOf(e);
        bytes memory opening = _openingAt(e, 64);
        opening = _flip(opening, index % opening.length, mask);
        bytes memory proof = _readProof(certificate, opening);
        vm.expectRevert(bytes.concat(OpeningInvalid.selector));
        disputes.read(certificate, members, 64, opening);
        vm.expectRevert(bytes.concat(OpeningInvalid.selector));
        validator.validateReadPreimage(keccak256(certificate), 64, proof);
    }

    function test_read_certificateInvalid_reverts() public {
        Encoder.Encoded memory e = _small();
        bytes memory certificate = _certify(_headerOf(e), 1, 3);
        bytes memory opening = _openingAt(e, 0);
        vm.expectRevert(bytes.concat(IDisputes.CertificateInvalid.selector));
        disputes.read(certificate, members, 0, opening);
    }

    function test_read_proofMutatedAnywhere_neverAnotherWord(uint256 index, uint8 mask) public view {
        vm.assume(mask != 0);
        Encoder.Encoded memory e = _small();
        bytes memory certificate = _certificateOf(e);
        bytes memory proof = _readProof(certificate, _openingAt(e, 96));
        proof = _flip(proof, index % proof.length, mask);
        (bool success,) = address(validator)
            .staticcall(abi.encodeCall(validator.validateReadPreimage, (keccak256(certificate), 96, proof)));
        vm.assertFalse(success);
    }

    function test_read_afterInvalidation_onlyForTheMachine() public {
        Encoder.Encoded memory e = _invalidated();
        bytes memory certificate = _certificateOf(e);
        bytes memory opening = _openingAt(e, 0);
        bytes32 digest = ledger.headerDigest(_headerOf(e));
        vm.expectRevert(abi.encodeWithSelector(IDisputes.HeaderInvalid.selector, digest, 2));
        disputes.read(certificate, members, 0, opening);
        // The machine decided on the certificate in an earlier step.
        bytes memory proof = _readProof(certificate, opening);
        vm.assertEq(validator.validateReadPreimage(keccak256(certificate), 0, proof), _expected(e, 0));
    }

    function _invalidated() private returns (Encoder.Encoded memory e) {
        e = _small();
        _flipAt(e.rows[3], 0);
        e.commit();
        Line memory line = Line({side: 1, index: 0, chunk: 0, byteIndex: 0, points: 11});
        disputes.disproveParity(_certificateOf(e), members, line, _openingsOf(e, line, 0, 3));
    }

    // Certificates

    function test_validate_quorum_isValid(bytes32 seed, uint256 signers) public view {
        signers = _bound(signers, 1, 15);
        bytes memory header = _header(seed, 1);
        header[35] |= 0x01;
        uint256 signed = 0;
        for (uint256 i = 0; i < 4; i++) {
            signed += (signers >> i) & 1;
        }
        bytes memory certificate = _certify(header, 1, signers);
        vm.assertEq(validator.validateCertificate(_validity(certificate, abi.encode(members))), signed >= 3);
    }

    function test_validate_multipleOf32_isNot(bytes32 seed, uint8 last) public view {
        bytes memory header = _header(seed, 1);
        header[35] = bytes1(last);
        // Not zero, nor more than the most.
        header[33] = 0x01;
        header[32] = 0x00;
        bytes memory certificate = _certify(header, 1, 15);
        vm.assertTrue(ledger.verify(certificate, members));
        vm.assertEq(
            validator.validateCertificate(_validity(certificate, abi.encode(members))), last % 32 != 0
        );
    }

    function test_validate_invalidated_isNot() public {
        bytes memory before = _validity(_certificateOf(_small()), abi.encode(members));
        Encoder.Encoded memory e = _invalidated();
        bytes memory certificate = _certificateOf(e);
        vm.assertFalse(validator.validateCertificate(_validity(certificate, abi.encode(members))));
        // Nothing beside the certificate changes that.
        vm.assertFalse(validator.validateCertificate(_validity(certificate, "")));
        vm.assertTrue(validator.validateCertificate(before));
    }

    function test_validate_badCertificate_isFalseWhateverIsBeside(bytes memory certificate, bytes memory aux)
        public
        view
    {
        vm.assertFalse(validator.validateCertificate(_validity(certificate, aux)));
        vm.assertFalse(validator.validateCertificate(_validity(bytes.concat(hex"016601", certificate), aux)));
    }

    function test_validate_truncatedCertificate_isFalseOrReverts(uint256 length) public view {
        bytes memory certificate = _certificateOf(_small());
        certificate = _prefix(certificate, length % certificate.length);
        vm.assertFalse(validator.validateCertificate(_validity(certificate, abi.encode(members))));
    }

    function test_validate_epochUnknown_isFalseWhateverIsBeside(bytes32 seed, uint32 epoch, bytes memory aux)
        public
        view
    {
        vm.assume(epoch != 1);
        bytes memory certificate = _certify(_header(seed, epoch), epoch, 15);
        vm.assertFalse(validator.validateCertificate(_validity(certificate, aux)));
    }

    function test_validate_mutatedCertificate_isNeverTrue(uint256 index, uint8 mask) public view {
        vm.assume(mask != 0);
        bytes memory certificate = _certificateOf(_small());
        certificate = _flip(certificate, index % certificate.length, mask);
        vm.assertFalse(validator.validateCertificate(_validity(certificate, abi.encode(members))));
    }

    function test_validate_badAuxiliary_reverts(uint256 index, uint8 mask, bytes memory other) public view {
        vm.assume(mask != 0);
        bytes memory certificate = _certificateOf(_small());
        bytes memory aux = abi.encode(members);
        vm.assume(keccak256(other) != keccak256(aux));
        _expectReverts(_validity(certificate, _flip(aux, index % aux.length, mask)));
        _expectReverts(_validity(certificate, other));
        _expectReverts(_validity(certificate, bytes.concat(aux, hex"00")));
        // Neither is a bad certificate's answer to be had with members of another's choice.
        _expectReverts(_validity(_certify(_headerOf(_small()), 1, 3), other));
    }

    function _expectReverts(bytes memory proof) private view {
        (bool success,) =
            address(validator).staticcall(abi.encodeCall(validator.validateCertificate, (proof)));
        vm.assertFalse(success);
    }

    function test_validate_truncatedProof_reverts(uint256 length) public view {
        bytes memory certificate = _certificateOf(_small());
        bytes memory proof = _validity(certificate, abi.encode(members));
        _expectReverts(_prefix(proof, length % proof.length));
    }

    function test_validate_certSizeOverTheEnd_reverts(uint64 size) public view {
        bytes memory certificate = _certificateOf(_small());
        vm.assume(size > certificate.length);
        _expectReverts(bytes.concat(bytes8(size), certificate));
    }

    function test_validate_anyGas_neverFalse(uint256 amount) public view {
        bytes memory proof = _validity(_certificateOf(_small()), abi.encode(members));
        _expectNeverFalse(proof, _bound(amount, 0, 80_000));
    }

    function test_validate_everyFewGas_neverFalse() public view {
        bytes memory proof = _validity(_certificateOf(_small()), abi.encode(members));
        bool held = false;
        for (uint256 amount = 1000; amount < 80_000; amount += 53) {
            held = _expectNeverFalse(proof, amount) || held;
        }
        vm.assertTrue(held);
    }

    function _expectNeverFalse(bytes memory proof, uint256 amount) private view returns (bool success) {
        bytes memory result;
        (success, result) = address(validator).staticcall{gas: amount}(
            abi.encodeCall(validator.validateCertificate, (proof))
        );
        vm.assertTrue(!success || abi.decode(result, (bool)));
    }

    function test_validate_anyTime_isTheSame(uint64 time) public {
        bytes memory proof = _validity(_certificateOf(_small()), abi.encode(members));
        _startEpochs(3);
        vm.warp(time);
        vm.assertTrue(validator.validateCertificate(proof));
    }

    function _startEpochs(uint256 count) private {
        for (uint256 i = 0; i < count; i++) {
            _startEpoch(_ones(4));
        }
    }
}
