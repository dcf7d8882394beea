// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../src/interfaces/IDisputes.sol";
import {OffsetInvalid, OpeningInvalid} from "../src/libraries/Reads.sol";
import {Line} from "../src/types/Line.sol";
import {DisputesFixture} from "./support/DisputesFixture.sol";
import {Encoder} from "./support/Encoder.sol";
import {NitroFixture} from "./support/NitroFixture.sol";

/// @notice Reads of posted batches, by any contract and by Nitro's machine: the bytes of the batch, or a revert.
contract ReadsTest is DisputesFixture, NitroFixture {
    using Encoder for Encoder.Encoded;

    /// @dev 150 bytes in symbols of 32, and three rows' worth of two chunks each.
    bytes private small;
    bytes private large;

    function setUp() public override {
        super.setUp();
        _deployValidator(disputes);
        small = _posted(Encoder.encode(4, _batch("small", 150)));
        large = _posted(Encoder.encode(4, _batch("large", 6 * 2048 + 101)));
    }

    function _posted(Encoder.Encoded memory e) private returns (bytes memory) {
        _postAlone(_headerOf(e));
        return abi.encode(e);
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

    function _expectBothRevert(
        Encoder.Encoded memory e,
        uint256 offset,
        bytes memory opening,
        bytes memory reason
    ) private {
        bytes memory header = _headerOf(e);
        bytes memory certificate = _certificateOf(e);
        bytes memory proof = _readProof(certificate, opening);
        vm.expectRevert(reason);
        disputes.read(header, 0, "", offset, opening);
        vm.expectRevert(reason);
        validator.validateReadPreimage(keccak256(certificate), offset, proof);
    }

    function test_read_everyOffset_isTheBatch() public view {
        Encoder.Encoded memory e = _small();
        bytes memory certificate = _certificateOf(e);
        for (uint256 offset = 0; offset < 150; offset += 32) {
            bytes memory opening = _openingAt(e, offset);
            bytes memory word = disputes.read(_headerOf(e), 0, "", offset, opening);
            vm.assertEq(word, _expected(e, offset));
            bytes memory proof = _readProof(certificate, opening);
            vm.assertEq(validator.validateReadPreimage(keccak256(certificate), offset, proof), word);
        }
    }

    function test_read_severalChunks_isTheBatch() public view {
        Encoder.Encoded memory e = abi.decode(large, (Encoder.Encoded));
        // First, around the ends of chunk, symbol and row, and the last, which is short.
        uint256[8] memory offsets =
            [uint256(0), 2016, 2048, e.s - 32, e.s, 3 * e.s - 32, 3 * e.s, e.length / 32 * 32];
        for (uint256 i = 0; i < 8; i++) {
            bytes memory word = disputes.read(_headerOf(e), 0, "", offsets[i], _openingAt(e, offsets[i]));
            vm.assertEq(word, _expected(e, offsets[i]));
        }
        vm.assertEq(_expected(e, offsets[7]).length, 5);
    }

    function test_read_underAPathOfSeveral_isTheBatch(uint256 count, uint256 index) public {
        Encoder.Encoded memory e = Encoder.encode(4, _batch("among others", 150));
        count = _bound(count, 2, 20);
        index %= count;
        bytes[] memory list = _headers("others", 1, count);
        list[index] = _headerOf(e);
        _post(list, 1, 15);
        (, bytes memory path) = _tree(_digests(list), index);
        vm.assertEq(disputes.read(list[index], index, path, 64, _openingAt(e, 64)), _expected(e, 64));
    }

    function test_read_wrongOffset_reverts(uint256 offset) public {
        vm.assume(offset % 32 != 0 || offset >= 150);
        Encoder.Encoded memory e = _small();
        _expectBothRevert(
            e, offset, _openingAt(e, 0), abi.encodeWithSelector(OffsetInvalid.selector, offset, 150)
        );
    }

    function test_read_anotherChunk_reverts(uint256 pair, uint256 side, uint256 symbol, uint256 offset)
        public
    {
        Encoder.Encoded memory e = _small();
        offset = offset % 5 * 32;
        side %= 2;
        (pair, symbol) = (pair % 4, symbol % (side == 0 ? 3 : 2));
        vm.assume(side != 0 || pair != offset / 96 || symbol != offset / 32 % 3);
        _expectBothRevert(e, offset, e.open(pair, side, symbol, 0), bytes.concat(OpeningInvalid.selector));
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
        bytes memory opening = _openingAt(e, 64);
        opening = _flip(opening, index % opening.length, mask);
        _expectBothRevert(e, 64, opening, bytes.concat(OpeningInvalid.selector));
    }

    function test_read_notPosted_reverts_forTheMachineItDoesNot() public {
        Encoder.Encoded memory e = Encoder.encode(4, _batch("not posted", 150));
        bytes memory header = _headerOf(e);
        bytes memory certificate = _certificateOf(e);
        bytes memory opening = _openingAt(e, 0);
        bytes32 digest = _digestOf(header);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.NotPosted.selector, digest));
        disputes.read(header, 0, "", 0, opening);
        // An earlier step of the machine decided on the certificate, also with signatures that do not hold.
        bytes memory proof = _readProof(certificate, opening);
        vm.assertEq(validator.validateReadPreimage(keccak256(certificate), 0, proof), _expected(e, 0));
        certificate = _flip(certificate, certificate.length - 1, 1);
        proof = _readProof(certificate, opening);
        vm.assertEq(validator.validateReadPreimage(keccak256(certificate), 0, proof), _expected(e, 0));
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
        Encoder.Encoded memory e = _small();
        _flipAt(e.rows[3], 0);
        e.commit();
        _postAlone(_headerOf(e));
        Line memory line = Line({side: 1, index: 0, chunk: 0, byteIndex: 0, points: 11});
        disputes.disproveParity(_headerOf(e), 0, "", line, _openingsOf(e, line, 0, 3));

        bytes memory header = _headerOf(e);
        bytes memory opening = _openingAt(e, 0);
        bytes32 digest = _digestOf(header);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.HeaderInvalid.selector, digest, 2));
        disputes.read(header, 0, "", 0, opening);
        // An earlier step of the machine decided on the certificate.
        bytes memory certificate = _certificateOf(e);
        bytes memory proof = _readProof(certificate, opening);
        vm.assertEq(validator.validateReadPreimage(keccak256(certificate), 0, proof), _expected(e, 0));
    }
}
