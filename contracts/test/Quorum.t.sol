// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Member} from "../src/types/Member.sol";
import {QuorumFlaw} from "../src/types/QuorumFlaw.sol";
import {Fixture} from "./support/Fixture.sol";
import {ILibraries} from "./support/ILibraries.sol";

/// @notice The one check of signatures, flaw by flaw, with the fact that comes with each.
contract QuorumTest is Fixture {
    bytes32 private constant ROOT = keccak256("headersRoot");

    /// @dev Half the order of secp256k1, from the order itself.
    uint256 private constant HALF = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141 >> 1;

    ILibraries private libraries;

    function setUp() public override {
        super.setUp();
        libraries = ILibraries(vm.deployCode("LibrariesHarness.sol:LibrariesHarness"));
    }

    function _expect(uint256 signers, bytes memory signatures, QuorumFlaw flaw, uint256 fact) private view {
        bytes32 digest = ledger.attestationDigest(ROOT, 1);
        (QuorumFlaw received, uint256 receivedFact) = libraries.check(members, digest, signers, signatures);
        vm.assertEq(uint256(received), uint256(flaw));
        vm.assertEq(receivedFact, fact);
    }

    /// @dev 1 … 12 members with shards from a seed, within 255 in all.
    function _randomCommittee(uint256 seed) private returns (uint256 total) {
        uint16[] memory shards = new uint16[](1 + seed % 12);
        for (uint256 i = 0; i < shards.length; i++) {
            shards[i] = uint16(1 + uint256(keccak256(abi.encode(seed, i))) % 21);
            total += shards[i];
        }
        if (total < 4) (shards[0], total) = (shards[0] + 4, total + 4);
        _startEpoch(shards);
    }

    function _shardsOf(uint256 signers) private view returns (uint256 shards) {
        for (uint256 i = 0; i < members.length; i++) {
            if ((signers >> i) & 1 == 1) shards += members[i].shards;
        }
    }

    function test_check_membersOfSeveralShards_sumDecides(uint256 seed, uint256 signers) public {
        uint256 total = _randomCommittee(seed);
        signers &= _all();
        uint256 signed = _shardsOf(signers);
        bool enough = signed >= total - (total - 1) / 3;
        _expect(signers, _sign(ROOT, 1, signers), enough ? QuorumFlaw.None : QuorumFlaw.TooFewShards, signed);
    }

    function test_check_exactThreshold_holds(uint256 n) public {
        n = _bound(n, 4, 255);
        uint256 f = (n - 1) / 3;
        uint16[] memory shards = new uint16[](3);
        (shards[0], shards[1], shards[2]) = (uint16(n - f - 1), 1, uint16(f));
        _startEpoch(shards);
        _expect(3, _sign(ROOT, 1, 3), QuorumFlaw.None, n - f);
        _expect(1, _sign(ROOT, 1, 1), QuorumFlaw.TooFewShards, n - f - 1);
        _expect(7, _sign(ROOT, 1, 7), QuorumFlaw.None, n);
    }

    function test_check_noSigners_tooFewShards() public view {
        _expect(0, "", QuorumFlaw.TooFewShards, 0);
    }

    function test_check_255Members_holds() public {
        _startEpoch(_ones(255));
        uint256 signers = ((1 << 171) - 1) << 84;
        _expect(signers, _sign(ROOT, 1, signers), QuorumFlaw.None, 171);
        _expect(signers | (1 << 255), _sign(ROOT, 1, signers), QuorumFlaw.SignerOutside, 255);
    }

    function test_check_signerOutside_fails(uint256 outside) public view {
        outside = _bound(outside, members.length, 255);
        _expect(_all() | (1 << outside), _sign(ROOT, 1, _all()), QuorumFlaw.SignerOutside, 4);
        // Even where a signature comes with the bit.
        bytes memory more = bytes.concat(_sign(ROOT, 1, _all()), _sign(ROOT, 1, 1));
        _expect(_all() | (1 << outside), more, QuorumFlaw.SignerOutside, 4);
    }

    function test_check_signaturesLength_fails(uint256 length) public view {
        bytes memory signatures = bytes.concat(_sign(ROOT, 1, 15), _sign(ROOT, 1, 15));
        length = _bound(length, 0, signatures.length);
        vm.assume(length != 256);
        _expect(15, _prefix(signatures, length), QuorumFlaw.SignaturesLength, 256);
    }

    function test_check_signaturesSwapped_fails(uint256 left, uint256 right) public view {
        left = _bound(left, 0, 2);
        right = _bound(right, left + 1, 3);
        bytes memory signatures = _sign(ROOT, 1, 15);
        for (uint256 i = 0; i < 64; i++) {
            (signatures[64 * left + i], signatures[64 * right + i]) =
            (signatures[64 * right + i], signatures[64 * left + i]);
        }
        _expect(15, signatures, QuorumFlaw.BadSignature, left);
    }

    function test_check_oneSignatureTwice_fails(uint256 from, uint256 to) public view {
        (from, to) = (_bound(from, 0, 3), _bound(to, 0, 3));
        vm.assume(from != to);
        bytes memory signatures = _sign(ROOT, 1, 15);
        for (uint256 i = 0; i < 64; i++) {
            signatures[64 * to + i] = signatures[64 * from + i];
        }
        _expect(15, signatures, QuorumFlaw.BadSignature, to);
    }

    function test_check_anyFlippedBit_fails(uint256 index, uint256 bit) public view {
        index = _bound(index, 0, 255);
        bytes memory signatures = _flip(_sign(ROOT, 1, 15), index, uint8(1 << _bound(bit, 0, 7)));
        _expect(15, signatures, QuorumFlaw.BadSignature, index / 64);
    }

    function test_check_anotherDigest_fails(bytes32 headersRoot, uint32 epoch) public view {
        vm.assume(headersRoot != ROOT || epoch != 1);
        _expect(15, _sign(headersRoot, epoch, 15), QuorumFlaw.BadSignature, 0);
    }

    function test_check_zeroSignature_fails(uint256 member) public {
        member = _bound(member, 0, 3);
        bytes memory signatures = _sign(ROOT, 1, 15);
        for (uint256 i = 0; i < 64; i++) {
            signatures[64 * member + i] = 0;
        }
        _expect(15, signatures, QuorumFlaw.BadSignature, member);
        // No committee has a zero signer; if one had, the zero that a failed recovery gives would still not sign for it.
        members[member].signer = address(0);
        _expect(15, signatures, QuorumFlaw.BadSignature, member);
    }

    /// @dev The member is the address that a signature with the given s recovers to, so that only the bound on s decides.
    function _expectS(uint256 s, bool odd, bool accepted) private {
        bytes32 digest = ledger.attestationDigest(ROOT, 1);
        (bytes32 r,) = vm.signCompact(keys[0], digest);
        address signer = ecrecover(digest, odd ? 28 : 27, r, bytes32(s));
        vm.assertTrue(signer != address(0));
        delete members;
        members.push(Member({signer: signer, shards: 4, stake: 0}));
        bytes memory signature = abi.encode(r, (odd ? 1 << 255 : 0) | s);
        _expect(1, signature, accepted ? QuorumFlaw.None : QuorumFlaw.BadSignature, accepted ? 4 : 0);
    }

    function test_check_lowS_holds(uint256 s, bool odd) public {
        _expectS(_bound(s, 1, HALF), odd, true);
        _expectS(HALF, odd, true);
        _expectS(1, odd, true);
    }

    function test_check_highS_fails(uint256 s, bool odd) public {
        // What EIP-2098 has room for: above that, the bit is the parity.
        _expectS(_bound(s, HALF + 1, type(uint256).max >> 1), odd, false);
        _expectS(HALF + 1, odd, false);
    }

    function test_membersHash_anyMembers_isAbiEncode(Member[] memory list) public view {
        vm.assertEq(libraries.membersHash(list), keccak256(abi.encode(list)));
    }

    function test_membersHash_dirtyBits_differs(uint256 index, uint256 bit) public view {
        index = _bound(index, 0, 3);
        bit = _bound(bit, 0, 7);
        bytes memory call = abi.encodeCall(libraries.membersHash, (members));
        // The top byte of a signer's word, past the selector, the offset and the length.
        call = _flip(call, 4 + 64 + 96 * index, uint8(1 << bit));
        (bool success, bytes memory result) = address(libraries).staticcall(call);
        vm.assertTrue(success);
        vm.assertTrue(abi.decode(result, (bytes32)) != keccak256(abi.encode(members)));
    }
}
