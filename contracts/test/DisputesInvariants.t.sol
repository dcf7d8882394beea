// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../src/interfaces/IDisputes.sol";
import {Actors} from "./support/Actors.sol";
import {Test} from "./support/Test.sol";

/// @notice Whatever hostile actors do, in whatever order: no ether is created, lost or stuck, no account pays for another's fault,
/// and a valid batch becomes invalid only without an answer.
contract DisputesInvariantsTest is Test {
    Actors private actors;
    IDisputes private disputes;

    struct Selectors {
        address target;
        bytes4[] selectors;
    }

    function setUp() public {
        actors = new Actors();
        disputes = actors.disputed();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(actors);
    }

    function targetSelectors() external view returns (Selectors[] memory targets) {
        targets = new Selectors[](1);
        bytes4[] memory selectors = new bytes4[](11);
        selectors[0] = Actors.challenge.selector;
        selectors[1] = Actors.answer.selector;
        selectors[2] = Actors.expire.selector;
        selectors[3] = Actors.disproveParity.selector;
        selectors[4] = Actors.disproveSymbol.selector;
        selectors[5] = Actors.disprovePadding.selector;
        selectors[6] = Actors.addDeposit.selector;
        selectors[7] = Actors.depart.selector;
        selectors[8] = Actors.withdraw.selector;
        selectors[9] = Actors.nextEpoch.selector;
        selectors[10] = Actors.wait.selector;
        targets[0] = Selectors({target: address(actors), selectors: selectors});
    }

    /// @dev One invariant, so that every call is checked for all three.
    function invariant_books_areAsTheModelHasThem() external view {
        _checkEther();
        _checkAccounts();
        _checkFaults();
    }

    /// @dev Every wei that came in is in one deposit, one credit or one open bond, or went out.
    function _checkEther() private view {
        uint256 owed = actors.openLength() * disputes.bond();
        for (uint256 i = 0; i < actors.accountsLength(); i++) {
            address account = actors.accountAt(i);
            owed += disputes.depositOf(account) + disputes.creditOf(account);
        }
        vm.assertEq(address(disputes).balance, owed);
        vm.assertEq(actors.paidIn() - actors.paidOut(), owed);
    }

    /// @dev Deposits shrink by an account's own faults and exits, credits grow by what was earned: as the model has it.
    function _checkAccounts() private view {
        for (uint256 i = 0; i < actors.accountsLength(); i++) {
            address account = actors.accountAt(i);
            vm.assertEq(disputes.depositOf(account), actors.deposits(account), "deposit");
            vm.assertEq(disputes.creditOf(account), actors.credits(account), "credit");
        }
    }

    function _checkFaults() private view {
        for (uint256 i = 0; i < 4; i++) {
            bytes32 digest = actors.digestOf(i);
            vm.assertEq(disputes.faultsOf(digest), actors.faults(digest), "faults");
        }
        vm.assertEq(disputes.faultsOf(actors.digestOf(0)) & 2, 0, "valid");
    }

    /// @dev At the end every account is paid and the contract keeps what is deposited or at stake, and what a refuser leaves there.
    function afterInvariant() external {
        uint256 left = actors.openLength() * disputes.bond();
        for (uint256 i = 0; i < actors.accountsLength(); i++) {
            address account = actors.accountAt(i);
            uint256 credit = disputes.creditOf(account);
            left += disputes.depositOf(account);
            if (credit == 0) continue;
            try disputes.withdraw(account) {
                vm.assertEq(disputes.creditOf(account), 0);
            } catch {
                // The fifth account takes no ether.
                vm.assertEq(i, 4);
                left += credit;
            }
        }
        vm.assertEq(address(disputes).balance, left);
    }

    /// @dev What is checked after every call says little if the calls do nothing.
    function test_actors_doEverything() public {
        for (uint256 i = 0; i < 1500; i++) {
            uint256 a = uint256(keccak256(abi.encode("actors", i)));
            uint256 b = uint256(keccak256(abi.encode(a)));
            uint256 what = b % 16;
            if (what < 4) actors.challenge(a, b >> 8, b >> 16);
            else if (what < 6) actors.answer(a, b >> 8, (b >> 16) % 4 != 0);
            else if (what < 8) actors.expire(a, b >> 8);
            else if (what < 9) actors.disproveSymbol(a, b >> 8, b >> 16, b >> 24);
            else if (what < 10) actors.disprovePadding(a, b >> 8, b >> 16, uint16(b >> 24));
            else if (what < 11) actors.addDeposit(a, uint96(b >> 8));
            else if (what < 13) actors.depart(a, b >> 8);
            else if (what < 14) actors.withdraw(a);
            else if (what < 15) actors.wait(b >> 8);
            else if (i % 2 == 0) actors.disproveParity(a, b >> 8, b >> 16, b >> 24);
            else actors.nextEpoch(a);
        }
        this.invariant_books_areAsTheModelHasThem();
        vm.assertTrue(actors.answers() > 1, "answers");
        vm.assertTrue(actors.expiries() > 1, "expiries");
        vm.assertEq(actors.proofs(), 3, "proofs");
        vm.assertTrue(actors.exits() > 1, "exits");
        vm.assertTrue(actors.paidOut() > 0, "paid out");
    }
}
