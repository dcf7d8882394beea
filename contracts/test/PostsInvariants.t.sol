// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Posters} from "./support/Posters.sol";
import {Test} from "./support/Test.sol";

/// @notice Whatever is posted, in whatever order, however much time passes and whatever epochs start: a header that stands posted
/// never stops standing, and whether it stands is settled by its expiry less the notice.
contract PostsInvariantsTest is Test {
    Posters private posters;

    struct Selectors {
        address target;
        bytes4[] selectors;
    }

    function setUp() public {
        posters = new Posters();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(posters);
    }

    function targetSelectors() external view returns (Selectors[] memory targets) {
        targets = new Selectors[](1);
        bytes4[] memory selectors = new bytes4[](5);
        selectors[0] = Posters.attest.selector;
        selectors[1] = Posters.post.selector;
        selectors[2] = Posters.postOne.selector;
        selectors[3] = Posters.nextEpoch.selector;
        selectors[4] = Posters.wait.selector;
        targets[0] = Selectors({target: address(posters), selectors: selectors});
    }

    /// @dev The check remembers what stood: it is a call like the others.
    function invariant_standingHeaders_standPermanently_settledByTheNotice() external {
        posters.check();
    }

    /// @dev What is checked after every call says little if the calls do nothing.
    function test_posters_doEverything() public {
        for (uint256 i = 0; i < 400; i++) {
            uint256 a = uint256(keccak256(abi.encode("posters", i)));
            uint256 what = a % 16;
            a >>= 8;
            if (what < 4) posters.attest(a, a >> 8);
            else if (what < 8) posters.post(a, a >> 8);
            else if (what < 12) posters.postOne(a, a >> 8, a >> 16);
            else if (what < 13) posters.nextEpoch(a);
            else if (i % 4 == 0) posters.wait(a);
            posters.check();
        }
        vm.assertTrue(posters.posts() > 3, "posts");
        vm.assertTrue(posters.repeats() > 3, "repeats");
        vm.assertTrue(posters.refusals() > 3, "refusals");
        vm.assertTrue(posters.standing() > 3, "standing");
    }
}
