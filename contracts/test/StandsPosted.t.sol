// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "../src/interfaces/ILedger.sol";
import {EpochMembers} from "../src/types/EpochMembers.sol";
import {Fixture} from "./support/Fixture.sol";

/// @notice Which headers stand posted: the time of the first post against the expiry, to the second.
contract StandsPostedTest is Fixture {
    function _stands(bytes memory header) private view returns (bool stands) {
        (stands,) = ledger.standsPosted(header, 0, "");
    }

    function _alone(bytes memory header) private pure returns (bytes[] memory list) {
        list = new bytes[](1);
        list[0] = header;
    }

    function _expectTooLate(bytes[] memory list, uint256 expiryMax) private {
        bytes memory signatures = _sign(_rootOf(list), 1, 7);
        EpochMembers memory current = _current();
        vm.expectRevert(
            abi.encodeWithSelector(
                ILedger.TooLateToPost.selector, block.timestamp + NOTICE, uint64(expiryMax)
            )
        );
        ledger.post(_pack(list), current, 7, signatures);
    }

    function test_standsPosted_betweenNoticeAndPromise(bytes32 seed, uint256 expiry) public {
        expiry = _bound(expiry, START + NOTICE - 1000, START + PROMISE + 1000);
        bytes memory header = _headerUntil(seed, 1, uint64(expiry));
        if (expiry < START + NOTICE) {
            _expectTooLate(_alone(header), expiry);
            vm.assertFalse(_stands(header));
        } else {
            _postAlone(header);
            vm.assertTrue(_stands(header) == (expiry <= START + PROMISE));
        }
    }

    function test_standsPosted_bounds_work(bytes32 seed) public {
        test_standsPosted_betweenNoticeAndPromise(seed, START + NOTICE - 1);
        test_standsPosted_betweenNoticeAndPromise(seed, START + NOTICE);
        test_standsPosted_betweenNoticeAndPromise(seed, START + PROMISE);
        test_standsPosted_betweenNoticeAndPromise(seed, START + PROMISE + 1);
        test_standsPosted_betweenNoticeAndPromise(seed, type(uint64).max);
    }

    function test_post_lateWithOneInTime_onlyThatOneStands(bytes32 seed, uint256 late) public {
        bytes[] memory list = _headers(seed, 1, 3);
        list[0] = _headerUntil(seed, 1, uint64(_bound(late, 0, START + NOTICE - 1)));
        list[2] = _headerUntil(keccak256(abi.encode(seed)), 1, uint64(START + NOTICE - 1));
        _post(list, 1, 7);
        for (uint256 i = 0; i < 3; i++) {
            (, bytes memory path) = _tree(_digests(list), i);
            (bool stands,) = ledger.standsPosted(list[i], i, path);
            vm.assertTrue(stands == (i == 1));
        }
    }

    function test_postOne_lateOfARootInTime_reverts(bytes32 seed) public {
        // Only what is shown counts: else anyone could have a root recorded of which no header stands.
        bytes[] memory list = _headers(seed, 1, 2);
        list[0] = _headerUntil(seed, 1, uint64(START + NOTICE - 1));
        (bytes32 root, bytes memory path) = _tree(_digests(list), 0);
        bytes memory signatures = _sign(root, 1, 7);
        EpochMembers memory current = _current();
        vm.expectRevert(
            abi.encodeWithSelector(ILedger.TooLateToPost.selector, START + NOTICE, START + NOTICE - 1)
        );
        ledger.postOne(list[0], 0, path, current, 7, signatures);
    }

    function test_standsPosted_expiryBeyondThePromise_never(bytes32 seed, uint256 later) public {
        bytes memory header = _headerUntil(seed, 1, uint64(START) + PROMISE + 1);
        _postAlone(header);
        vm.assertFalse(_stands(header));
        // A post a second later would have made it stand, but the first one counts.
        vm.warp(START + _bound(later, 1, 2 * PROMISE));
        _postAlone(header);
        vm.assertFalse(_stands(header));
    }

    function test_standsPosted_anyTimeLater_stillStands(bytes32 seed, uint256 later, uint256 epochs) public {
        bytes memory header = _header(seed, 1);
        _postAlone(header);
        for (epochs = epochs % 4; epochs > 0; epochs--) {
            _startSame();
        }
        vm.warp(START + _bound(later, 0, 1000 * PROMISE));
        vm.assertTrue(_stands(header));
    }

    function test_standsPosted_lengthOfNoBatch_never(bytes32 seed, uint32 length) public {
        bytes memory header = _header(seed, 1);
        bytes4 packed = bytes4(length);
        for (uint256 i = 0; i < 4; i++) {
            header[32 + i] = packed[i];
        }
        _postAlone(header);
        vm.assertTrue(_stands(header) == (length >= 1 && length <= 1 << 27));
    }

    function test_standsPosted_lengthBounds_work(bytes32 seed) public {
        test_standsPosted_lengthOfNoBatch_never(seed, 0);
        test_standsPosted_lengthOfNoBatch_never(seed, 1);
        test_standsPosted_lengthOfNoBatch_never(seed, 1 << 27);
        test_standsPosted_lengthOfNoBatch_never(seed, (1 << 27) + 1);
    }

    function test_standsPosted_anotherIndexOrPath_doesNot(
        bytes32 seed,
        uint256 count,
        uint256 index,
        uint256 bit
    ) public {
        count = _bound(count, 2, 20);
        index = _bound(index, 0, count - 1);
        bytes[] memory list = _headers(seed, 1, count);
        _post(list, 1, 7);
        (, bytes memory path) = _tree(_digests(list), index);
        (bool stands,) = ledger.standsPosted(list[index], index, path);
        vm.assertTrue(stands);

        (stands,) = ledger.standsPosted(list[index], index ^ (1 << (bit % 256)), path);
        vm.assertFalse(stands);
        (stands,) =
            ledger.standsPosted(list[index], index, _flip(path, bit % path.length, uint8(1 << (bit % 8))));
        vm.assertFalse(stands);
        (stands,) = ledger.standsPosted(_flip(list[index], bit % 100, 1), index, path);
        vm.assertFalse(stands);
    }

    function test_standsPosted_innerNode_isNoHeader(bytes32 seed) public {
        // Bytes of a tree cannot pass for those of a header: a digest hashes 66 bytes and an inner node 64.
        bytes[] memory list = _headers(seed, 1, 4);
        _post(list, 1, 7);
        (, bytes memory path) = _tree(_digests(list), 2);
        (bool stands, bytes32 digest) = ledger.standsPosted(_prefix(bytes.concat(path, path), 100), 0, "");
        vm.assertFalse(stands);
        vm.assertTrue(digest != 0);
    }

    function test_standsPosted_anyBytes_neverReverts(bytes memory header, uint256 index, bytes memory path)
        public
        view
    {
        (bool stands, bytes32 digest) = ledger.standsPosted(header, index, path);
        vm.assertFalse(stands);
        vm.assertTrue((digest == 0) == (header.length != 100));
    }

    function test_standsPosted_ofEveryLengthAndPlace_neverReverts(bytes32 seed) public view {
        bytes memory header = _header(seed, 1);
        for (uint256 length = 0; length <= 100; length++) {
            (, bytes32 digest) = ledger.standsPosted(_prefix(header, length), 0, "");
            vm.assertEq(digest, length == 100 ? _digestOf(header) : bytes32(0));
        }
        for (uint256 length = 0; length < 400; length++) {
            (bool stands, bytes32 digest) = ledger.standsPosted(header, 0, new bytes(length));
            vm.assertFalse(stands);
            vm.assertEq(digest, _digestOf(header));
        }
    }

    function _retireFirst() private returns (uint256 until) {
        _startEpoch(_ones(4));
        _startEpoch(_ones(4));
        until = committee.retiredAt(1) + PROMISE - NOTICE;
        vm.assertEq(until, START + PROMISE - NOTICE);
    }

    function test_post_ofARetiredEpoch_untilItsLastPromise(bytes32 seed, uint256 time) public {
        uint256 until = _retireFirst();
        vm.warp(_bound(time, START, until + 1000));
        bytes[] memory list = _headers(seed, 1, 2);
        bytes memory signatures = _sign(_rootOf(list), 1, 15);
        EpochMembers memory first = _membersOf(1);
        if (block.timestamp > until) {
            vm.expectRevert(abi.encodeWithSelector(ILedger.EpochClosed.selector, 1, until, block.timestamp));
        }
        ledger.post(_pack(list), first, 15, signatures);
    }

    function test_post_ofARetiredEpoch_bounds_work(bytes32 seed) public {
        uint256 until = START + PROMISE - NOTICE;
        test_post_ofARetiredEpoch_untilItsLastPromise(seed, until);
        setUp();
        test_post_ofARetiredEpoch_untilItsLastPromise(seed, until + 1);
    }

    function test_post_ofTheEpochBefore_isOpenHoweverLong(bytes32 seed, uint256 time) public {
        _startEpoch(_ones(4));
        vm.warp(_bound(time, START, START + 100 * PROMISE));
        bytes[] memory list = _headers(seed, 1, 2);
        _post(list, 1, 15);
        (uint64 postedAt,) = ledger.postOf(_rootOf(list));
        vm.assertEq(postedAt, block.timestamp);
    }
}
