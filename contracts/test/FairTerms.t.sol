// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "../src/interfaces/ILedger.sol";
import {IStakes} from "../src/interfaces/IStakes.sol";
import {Terms} from "../src/types/Terms.sol";
import {DisputesFixture} from "./support/DisputesFixture.sol";
import {ILibraries} from "./support/ILibraries.sol";

/// @notice The terms with which disputes can be deployed, against the table of protocol §7, and not one wei or second less.
contract FairTermsTest is DisputesFixture {
    ILibraries private libraries;

    function setUp() public override {
        super.setUp();
        libraries = ILibraries(vm.deployCode("LibrariesHarness.sol:LibrariesHarness"));
    }

    /// @dev The least that is fair at n shards, from the table.
    function _least(uint256 n) private pure returns (Terms memory) {
        uint96 disperserFine = uint96(2 * (300_000 + 125_000 * (n - (n - 1) / 3 + 1)) * 100 gwei);
        return Terms({
            window: 1 hours,
            bond: 2 * 175_000 * 100 gwei,
            operatorFine: 2 * 500_000 * 100 gwei,
            disperserFine: disperserFine,
            operatorDepositMin: 2 * 500_000 * 100 gwei,
            disperserDepositMin: disperserFine,
            treasury: TREASURY
        });
    }

    /// @dev One of the terms is a little less than fair.
    function _broken(Terms memory terms, uint256 which) private pure {
        if (which == 0) terms.window--;
        if (which == 1) terms.bond--;
        if (which == 2) (terms.operatorFine--, terms.operatorDepositMin--);
        if (which == 3) (terms.disperserFine--, terms.disperserDepositMin--);
        if (which == 4) terms.operatorDepositMin--;
        if (which == 5) terms.disperserDepositMin--;
        if (which == 6) terms.treasury = address(0);
    }

    function test_areFair_everyCommittee_theLeast_andNotLess() public view {
        for (uint256 n = 4; n <= 255; n++) {
            Terms memory terms = _least(n);
            vm.assertTrue(libraries.areFair(terms, n, 2 hours), vm.toString(n));
            for (uint256 which = 0; which < 7; which++) {
                terms = _least(n);
                _broken(terms, which);
                vm.assertFalse(libraries.areFair(terms, n, 2 hours), vm.toString(which));
            }
        }
    }

    function test_areFair_notice_isAtLeastTwoWindows(uint256 window, uint256 notice) public view {
        Terms memory terms = _terms();
        terms.window = uint64(_bound(window, 1 hours, 365 days));
        notice = _bound(notice, 0, 1000 days);
        vm.assertTrue(libraries.areFair(terms, 4, notice) == (notice >= 2 * uint256(terms.window)));
        vm.assertTrue(libraries.areFair(terms, 4, 2 * uint256(terms.window)));
        vm.assertFalse(libraries.areFair(terms, 4, 2 * uint256(terms.window) - 1));
    }

    function test_areFair_window_isAtMostAYear(uint64 window) public view {
        Terms memory terms = _terms();
        terms.window = window;
        vm.assertTrue(
            libraries.areFair(terms, 4, type(uint64).max) == (window >= 1 hours && window <= 365 days)
        );
        terms.window = 365 days;
        vm.assertTrue(libraries.areFair(terms, 4, type(uint64).max));
        terms.window = 365 days + 1;
        vm.assertFalse(libraries.areFair(terms, 4, type(uint64).max));
    }

    function test_areFair_anyMore_staysFair(Terms memory more, uint256 n) public view {
        n = _bound(n, 4, 255);
        Terms memory terms = _least(n);
        terms.bond += more.bond >> 1;
        terms.operatorFine += more.operatorFine >> 2;
        terms.disperserFine += more.disperserFine >> 2;
        terms.operatorDepositMin = terms.operatorFine + (more.operatorDepositMin >> 1);
        terms.disperserDepositMin = terms.disperserFine + (more.disperserDepositMin >> 1);
        vm.assertTrue(libraries.areFair(terms, n, 2 hours));
    }

    function test_constructor_termsNotFair_reverts() public {
        for (uint256 which = 0; which < 7; which++) {
            Terms memory terms = _least(4);
            _broken(terms, which);
            vm.expectRevert(abi.encodeWithSelector(IStakes.TermsInvalid.selector, terms, NOTICE));
            _deployDisputes(terms);
        }
        _deployDisputes(_least(4));
    }

    function test_constructor_noticeOfTheLedgerTooShort_reverts() public {
        Terms memory terms = _least(4);
        for (uint64 notice = 2 hours - 1; notice <= 2 hours; notice++) {
            ledger = ILedger(vm.deployCode("Ledger.sol:Ledger", abi.encode(committee, notice, PROMISE)));
            if (notice < 2 hours) {
                vm.expectRevert(abi.encodeWithSelector(IStakes.TermsInvalid.selector, terms, notice));
            }
            _deployDisputes(terms);
        }
    }

    function test_constructor_termsOfASmallerCommittee_revert() public {
        // The evidence of 255 shards costs more than that of 100.
        Terms memory terms = _least(100);
        _deploy(255);
        vm.expectRevert(abi.encodeWithSelector(IStakes.TermsInvalid.selector, terms, NOTICE));
        _deployDisputes(terms);
        _deployDisputes(_least(255));
    }

    function test_constructor_ledgerWithoutCode_reverts(address nobody) public {
        vm.assume(nobody.code.length == 0);
        ledger = ILedger(nobody);
        vm.expectRevert(abi.encodeWithSelector(IStakes.LedgerWithoutCode.selector, nobody));
        _deployDisputes(_terms());
    }

    function test_constructor_fairTerms_areKept() public view {
        Terms memory terms = _terms();
        vm.assertEq(disputes.window(), terms.window);
        vm.assertEq(disputes.promiseSeconds(), PROMISE);
        vm.assertEq(disputes.bond(), terms.bond);
        vm.assertEq(disputes.operatorFine(), terms.operatorFine);
        vm.assertEq(disputes.disperserFine(), terms.disperserFine);
        vm.assertEq(disputes.operatorDepositMin(), terms.operatorDepositMin);
        vm.assertEq(disputes.disperserDepositMin(), terms.disperserDepositMin);
        vm.assertEq(disputes.treasury(), terms.treasury);
    }
}
