// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../src/interfaces/IDisputes.sol";
import {Actors} from "./support/Actors.sol";
import {NitroFixture} from "./support/NitroFixture.sol";

/// @notice Whatever hostile actors do, in whatever order: no ether is created, lost or stuck, no account pays without its own
/// signature or twice, an operator that answers in time loses nothing, and what is valid for Nitro changes only by a post in time and by
/// an invalidation that was asked for in time.
contract DisputesInvariantsTest is NitroFixture {
    Actors private actors;
    IDisputes private disputes;
    bytes private encodedMembers;
    /// @dev Of the four batches, and of the header that is posted late or not at all.
    bytes[] private certificates;

    struct Selectors {
        address target;
        bytes4[] selectors;
    }

    function setUp() public {
        actors = new Actors();
        disputes = actors.disputed();
        _deployValidator(disputes);
        encodedMembers = abi.encode(actors.epochMembers());
        for (uint256 i = 0; i < 5; i++) {
            certificates.push(actors.certificateOf(i));
        }
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(actors);
    }

    function targetSelectors() external view returns (Selectors[] memory targets) {
        targets = new Selectors[](1);
        bytes4[] memory selectors = new bytes4[](16);
        selectors[0] = Actors.challenge.selector;
        selectors[1] = Actors.answer.selector;
        selectors[2] = Actors.expire.selector;
        selectors[3] = Actors.reclaim.selector;
        selectors[4] = Actors.fineHolder.selector;
        selectors[5] = Actors.fineDisperserOverWithheld.selector;
        selectors[6] = Actors.fineDisperserOverInconsistent.selector;
        selectors[7] = Actors.disproveParity.selector;
        selectors[8] = Actors.disproveSymbol.selector;
        selectors[9] = Actors.disprovePadding.selector;
        selectors[10] = Actors.addDeposit.selector;
        selectors[11] = Actors.depart.selector;
        selectors[12] = Actors.withdraw.selector;
        selectors[13] = Actors.nextEpoch.selector;
        selectors[14] = Actors.postLate.selector;
        selectors[15] = Actors.wait.selector;
        targets[0] = Selectors({target: address(actors), selectors: selectors});
    }

    /// @dev One invariant, so that every call is checked for all of it.
    function invariant_books_areAsTheModelHasThem() external view {
        _checkEther();
        _checkAccounts();
        _checkFaults();
        _checkNitro();
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
        vm.assertEq(actors.fines(actors.honest()), 0, "an honest operator is fined");
    }

    /// @dev The actors add no fault later than two windows after expiry, and post nothing later than the notice allows.
    function _checkNitro() private view {
        for (uint256 i = 0; i < 5; i++) {
            bool valid = i == 4 ? actors.lateStands() : actors.faults(actors.digestOf(i)) == 0;
            vm.assertEq(_isValid(certificates[i], encodedMembers), valid);
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
            // Disputes first: until then no wait is for longer than a window.
            uint256 c = i < 1000 ? b >> 8 | 31 : b >> 8;
            if (b % 32 < 16 && i % 1000 < 750) _dispute(b % 16, a, b >> 8);
            else if (b % 32 < 16) _disprove(b % 16, a, b >> 8);
            else _settle(b % 16, a, b >> 8, c);
        }
        this.invariant_books_areAsTheModelHasThem();
        vm.assertTrue(actors.answers() > 1, "answers");
        vm.assertTrue(actors.expiries() > 1, "expiries");
        vm.assertTrue(actors.reclaims() > 1, "reclaims");
        vm.assertEq(actors.proofs(), 3, "proofs");
        vm.assertTrue(actors.holderFines() > 1, "fines of holders");
        vm.assertTrue(actors.disperserFines() > 1, "fines of dispersers");
        vm.assertTrue(actors.exits() > 1, "exits");
        vm.assertTrue(actors.paidOut() > 0, "paid out");
    }

    function _dispute(uint256 what, uint256 a, uint256 b) private {
        if (what < 7) actors.challenge(a, b);
        else if (what < 8) actors.answer(a, b, (b >> 8) % 4 != 0);
        else if (what < 15) actors.expire(a, b);
        else actors.reclaim(a, b);
    }

    function _disprove(uint256 what, uint256 a, uint256 b) private {
        if (what < 5) actors.disproveSymbol(a, b, b >> 8, b >> 16);
        else if (what < 10) actors.disprovePadding(a, b, b >> 8, uint16(b >> 16));
        else actors.disproveParity(a, b, b >> 8, b >> 16);
    }

    function _settle(uint256 what, uint256 a, uint256 b, uint256 time) private {
        if (what < 3) actors.fineHolder(a);
        else if (what < 5) actors.fineDisperserOverWithheld(a);
        else if (what < 7) actors.fineDisperserOverInconsistent(b);
        else if (what < 8) actors.addDeposit(a, uint96(b));
        else if (what < 10) actors.depart(a, b);
        else if (what < 11) actors.withdraw(a);
        else if (what < 12) actors.postLate(a);
        else if (what < 15) actors.wait(time);
        else actors.nextEpoch(a);
    }
}
