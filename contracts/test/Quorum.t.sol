// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EpochMembers} from "../src/types/EpochMembers.sol";
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
        bytes32 digest = ledger.attestationDigest(ROOT, _rootOfMembers(_current()));
        (QuorumFlaw received, uint256 receivedFact) =
            libraries.check(members, committee.shards(), digest, signers, signatures);
        vm.assertEq(uint256(received), uint256(flaw));
        vm.assertEq(receivedFact, fact);
    }

    /// @dev 1 … 12 members with shards from a seed, within 255 in all.
    function _randomCommittee(uint256 seed) private returns (uint256 total) {
        uint256[] memory sizes = new uint256[](1 + seed % 12);
        for (uint256 i = 0; i < sizes.length; i++) {
            sizes[i] = 1 + uint256(keccak256(abi.encode(seed, i))) % 21;
            total += sizes[i];
        }
        if (total < 4) (sizes[0], total) = (sizes[0] + 4, total + 4);
        _deploy(total);
        _startEpoch(_sets(sizes));
    }

    function _shardsOf(uint256 signers) private view returns (uint256 shards) {
        for (uint256 i = 0; i < members.length; i++) {
            if ((signers >> i) & 1 == 1) shards += _popcount(members[i].shards);
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
        uint256[] memory sizes = new uint256[](3);
        (sizes[0], sizes[1], sizes[2]) = (n - f - 1, 1, f);
        _deploy(n);
        _startEpoch(_sets(sizes));
        _expect(3, _sign(ROOT, 1, 3), QuorumFlaw.None, n - f);
        _expect(1, _sign(ROOT, 1, 1), QuorumFlaw.TooFewShards, n - f - 1);
        _expect(7, _sign(ROOT, 1, 7), QuorumFlaw.None, n);
    }

    function test_check_noSigners_tooFewShards() public view {
        _expect(0, "", QuorumFlaw.TooFewShards, 0);
    }

    function test_check_255Members_holds() public {
        _deploy(255);
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

    function test_check_anotherRoot_fails(bytes32 headersRoot) public view {
        vm.assume(headersRoot != ROOT);
        _expect(15, _sign(headersRoot, 1, 15), QuorumFlaw.BadSignature, 0);
    }

    function test_check_anotherCommittee_fails(bytes32 committeeRoot) public view {
        vm.assume(committeeRoot != _rootOfMembers(_current()));
        bytes memory signatures = _signWith(keys, ledger.attestationDigest(ROOT, committeeRoot), 15);
        _expect(15, signatures, QuorumFlaw.BadSignature, 0);
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
        bytes32 digest = ledger.attestationDigest(ROOT, _rootOfMembers(_current()));
        (bytes32 r,) = vm.signCompact(keys[0], digest);
        address signer = ecrecover(digest, odd ? 28 : 27, r, bytes32(s));
        vm.assertTrue(signer != address(0));
        delete members;
        members.push(Member({signer: signer, shards: 15}));
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

    function test_committeeRootOf_anyMembers_isAbiEncode(EpochMembers memory list) public view {
        vm.assertEq(libraries.committeeRootOf(list), keccak256(abi.encode(list)));
    }

    function test_committeeRootOf_anySeed_changes(bytes32 seed) public view {
        EpochMembers memory current = _current();
        vm.assume(seed != current.seed);
        bytes32 root = libraries.committeeRootOf(current);
        current.seed = seed;
        vm.assertTrue(libraries.committeeRootOf(current) != root);
    }

    function test_countOf_anySet_isThePopulation(uint256 set) public view {
        vm.assertEq(libraries.countOf(set), _popcount(set));
    }

    function test_countOf_bounds_work() public view {
        vm.assertEq(libraries.countOf(0), 0);
        vm.assertEq(libraries.countOf(type(uint256).max), 256);
        for (uint256 i = 0; i < 256; i++) {
            vm.assertEq(libraries.countOf(1 << i), 1);
            vm.assertEq(libraries.countOf((1 << i) - 1), i);
        }
    }

    function test_holderOf_everyShard_isTheMemberWithIt(uint256 seed) public {
        uint256 total = _randomCommittee(seed);
        for (uint256 shard = 0; shard < total; shard++) {
            vm.assertTrue((members[libraries.holderOf(members, shard)].shards >> shard) & 1 == 1);
        }
    }

    function test_shardOf_anyRoot_isItsPairTurnedByTheRoot(bytes32 root, uint256 n) public view {
        n = _bound(n, 4, 255);
        uint256 taken = 0;
        for (uint256 pair = 0; pair < n; pair++) {
            uint256 shard = libraries.shardOf(root, pair, n);
            vm.assertEq(shard, (pair + uint256(root) % n) % n);
            taken |= 1 << shard;
        }
        vm.assertEq(taken, (1 << n) - 1);
    }

    function test_committeeRootOf_dirtyBits_differs(uint256 index, uint256 bit) public view {
        index = _bound(index, 0, 3);
        bit = _bound(bit, 0, 7);
        EpochMembers memory current = _current();
        bytes memory call = abi.encodeCall(libraries.committeeRootOf, (current));
        // The top byte of a signer's word, past the selector, the offset, the seed, its offset and the length.
        call = _flip(call, 4 + 128 + 64 * index, uint8(1 << bit));
        (bool success, bytes memory result) = address(libraries).staticcall(call);
        vm.assertTrue(success);
        vm.assertTrue(abi.decode(result, (bytes32)) != _rootOfMembers(current));
    }
}
