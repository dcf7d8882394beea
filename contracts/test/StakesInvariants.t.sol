// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Depositors} from "./support/Depositors.sol";
import {Test} from "./support/Test.sol";

/// @notice Whoever deposits and leaves, in whatever order: every wei is in one deposit or one credit until its owner takes it out,
/// and no account leaves for as long as what it signed can be disputed.
contract StakesInvariantsTest is Test {
    Depositors private depositors;

    struct Selectors {
        address target;
        bytes4[] selectors;
    }

    function setUp() public {
        depositors = new Depositors();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(depositors);
    }

    function targetSelectors() external view returns (Selectors[] memory targets) {
        targets = new Selectors[](1);
        bytes4[] memory selectors = new bytes4[](8);
        selectors[0] = Depositors.deposit.selector;
        selectors[1] = Depositors.requestExit.selector;
        selectors[2] = Depositors.showAbsence.selector;
        selectors[3] = Depositors.finishExit.selector;
        selectors[4] = Depositors.withdraw.selector;
        selectors[5] = Depositors.nextEpoch.selector;
        selectors[6] = Depositors.setDisperser.selector;
        selectors[7] = Depositors.wait.selector;
        targets[0] = Selectors({target: address(depositors), selectors: selectors});
    }

    function invariant_ether_isConserved() external view {
        uint256 owed = 0;
        for (uint256 i = 0; i < depositors.accountsLength(); i++) {
            address account = depositors.accounts(i);
            vm.assertEq(depositors.depositOf(account), depositors.deposits(account), "deposit");
            owed += depositors.depositOf(account);
        }
        for (uint256 i = 0; i < depositors.ownersLength(); i++) {
            address owner = depositors.owners(i);
            vm.assertEq(depositors.creditOf(owner), depositors.credits(owner), "credit");
            owed += depositors.creditOf(owner);
        }
        vm.assertEq(depositors.held(), owed);
        vm.assertEq(depositors.paidIn() - depositors.paidOut(), owed);
    }

    /// @dev What is checked after every call says little if the calls do nothing.
    function test_depositors_doEverything() public {
        for (uint256 i = 0; i < 1000; i++) {
            uint256 a = uint256(keccak256(abi.encode("depositors", i)));
            uint256 what = a % 16;
            a >>= 8;
            if (what < 3) depositors.deposit(a, a >> 8, a % 2 == 0);
            else if (what < 6) depositors.requestExit(a);
            else if (what < 8) depositors.showAbsence(a);
            else if (what < 11) depositors.finishExit(a);
            else if (what < 12) depositors.withdraw(a);
            else if (what < 13) depositors.nextEpoch(a);
            else if (what < 14) depositors.setDisperser(a);
            else depositors.wait(a);
        }
        this.invariant_ether_isConserved();
        vm.assertTrue(depositors.exits() > 3, "exits");
        vm.assertTrue(depositors.refusals() > 3, "refusals");
        vm.assertTrue(depositors.paidOut() > 0, "paid out");
    }
}
