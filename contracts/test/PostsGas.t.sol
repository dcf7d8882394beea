// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fixture} from "./support/Fixture.sol";
import {Meter} from "./support/Meter.sol";

/// @notice What posting costs at most, as whole transactions. The exact numbers are in the gas snapshot.
contract PostsGasTest is Fixture {
    Meter private meter;

    function setUp() public override {
        super.setUp();
        meter = new Meter();
    }

    function _measure(bytes memory data) private returns (uint256 used) {
        // Nothing of an earlier transaction makes this one cheaper.
        vm.cool(address(committee));
        vm.cool(address(ledger));
        bool ok;
        (ok, used) = meter.measure(address(ledger), data);
        vm.assertTrue(ok, "reverted");
    }

    function _costOfPost(uint256 count) private returns (uint256) {
        bytes[] memory list = _headers(bytes32(count), 1, count);
        uint256 signers = (1 << (members.length - (members.length - 1) / 3)) - 1;
        bytes memory data =
            abi.encodeCall(ledger.post, (_pack(list), _current(), signers, _sign(_rootOf(list), 1, signers)));
        return meter.transaction(data, _measure(data));
    }

    function test_post_at10Operators_costsAtMost107000_andEachFurtherHeader4200() public {
        _deploy(10);
        _startEpoch(_ones(10));
        uint256 one = _costOfPost(1);
        vm.assertTrue(one <= 107_000, vm.toString(one));
        uint256[3] memory counts = [uint256(2), 64, 512];
        for (uint256 i = 0; i < counts.length; i++) {
            uint256 each = (_costOfPost(counts[i]) - one) / (counts[i] - 1);
            vm.assertTrue(each <= 4200, vm.toString(each));
        }
    }

    function test_standsPosted_fromAnotherContract_costsAtMost8000() public {
        // The longest path there is.
        bytes[] memory list = _headers("stands", 1, 512);
        _post(list, 1, 7);
        (, bytes memory path) = _tree(_digests(list), 511);
        uint256 used = _measure(abi.encodeCall(ledger.standsPosted, (list[511], 511, path)));
        vm.assertTrue(used <= 8000, vm.toString(used));
    }
}
