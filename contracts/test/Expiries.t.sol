// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../src/interfaces/IDisputes.sol";
import {Position} from "../src/types/Position.sol";
import {ChallengesFixture} from "./support/ChallengesFixture.sol";
import {Encoder} from "./support/Encoder.sol";

/// @notice Challenges without an answer: the header becomes invalid, and only the operator that attested to hold the pair is fined.
contract ExpiriesTest is ChallengesFixture {
    using Encoder for Encoder.Encoded;

    function test_answer_lastSecond_holds_afterIt_reverts() public {
        Position memory p = _at(0, 0, 0, 0);
        _challenge(CHALLENGER, p);
        _challenge(ANYBODY, p);
        vm.warp(START + WINDOW);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.TooEarly.selector, START + WINDOW, START + WINDOW));
        disputes.expire(digest, CHALLENGER, p);
        bytes memory opening = _openingAt(p);
        disputes.answer(header, CHALLENGER, opening);

        vm.warp(START + WINDOW + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IDisputes.TooLate.selector, START + WINDOW, START + WINDOW + 1)
        );
        disputes.answer(header, ANYBODY, opening);
        disputes.expire(digest, ANYBODY, p);
        vm.assertTrue(disputes.isInvalid(digest));
    }

    function test_challenge_sameByAnother_isAnotherChallenge() public {
        // A challenge, even one with a certificate that spares the holder, does not keep other challenges out.
        Position memory p = _at(2, 0, 1, 0);
        uint256 index = _holder(root, 2);
        bytes memory whole = certificate;
        certificate = _certify(header, 1, _all() ^ (1 << index));
        _challenge(ANYBODY, p);
        certificate = whole;
        _challenge(CHALLENGER, p);

        vm.warp(START + WINDOW + 1);
        disputes.expire(digest, ANYBODY, p);
        vm.assertEq(disputes.creditOf(ANYBODY), BOND);
        vm.assertEq(disputes.depositOf(members[index].signer), DEPOSIT);
        disputes.expire(digest, CHALLENGER, p);
        vm.assertEq(disputes.creditOf(CHALLENGER), BOND + OPERATOR_FINE / 2);
        vm.assertEq(disputes.depositOf(members[index].signer), DEPOSIT - OPERATOR_FINE);
    }

    function test_expire_invalidates_finesTheHolderAlone_paysTheChallenger(uint256 seed) public {
        Position memory p = _anyPosition(seed);
        uint256 index = _holder(root, p.pair);
        _challenge(CHALLENGER, p);
        vm.warp(START + WINDOW + 1);
        vm.expectEmit(address(disputes));
        emit IDisputes.Expired(digest, CHALLENGER, p);
        vm.expectEmit(address(disputes));
        emit IDisputes.Invalidated(digest, 1);
        // Another account ends it: the challenger is paid.
        vm.prank(ANYBODY);
        disputes.expire(digest, CHALLENGER, p);

        vm.assertEq(disputes.faultsOf(digest), 1);
        vm.assertEq(disputes.creditOf(CHALLENGER), BOND + OPERATOR_FINE / 2);
        vm.assertEq(disputes.creditOf(TREASURY), OPERATOR_FINE - OPERATOR_FINE / 2);
        vm.assertEq(disputes.creditOf(ANYBODY), 0);
        for (uint256 i = 0; i < members.length; i++) {
            uint256 lost = i == index ? OPERATOR_FINE : 0;
            vm.assertEq(disputes.depositOf(members[i].signer), DEPOSIT - lost);
        }
        vm.assertEq(disputes.depositOf(DISPERSER), DEPOSIT);
    }

    function test_expire_severalOfOneHolder_fineItOnce(uint256 seed) public {
        Position memory p = _at(3, 0, seed % 3, 0);
        Position memory q = _at(3, 1, seed % 2, 0);
        _challenge(CHALLENGER, p);
        _challenge(ANYBODY, q);
        vm.warp(START + WINDOW + 1);
        disputes.expire(digest, CHALLENGER, p);
        disputes.expire(digest, ANYBODY, q);
        vm.assertEq(disputes.depositOf(members[_holder(root, 3)].signer), DEPOSIT - OPERATOR_FINE);
        vm.assertEq(disputes.creditOf(CHALLENGER), BOND + OPERATOR_FINE / 2);
        vm.assertEq(disputes.creditOf(ANYBODY), BOND);
    }

    function test_expire_severalHolders_finesEach() public {
        for (uint256 pair = 0; pair < 4; pair++) {
            _challenge(CHALLENGER, _at(pair, 0, 0, 0));
        }
        // One of them answers for itself, and with that is free of the others' fault.
        disputes.answer(header, CHALLENGER, _openingAt(_at(1, 0, 0, 0)));
        vm.warp(START + WINDOW + 1);
        disputes.expire(digest, CHALLENGER, _at(0, 0, 0, 0));
        // The header is invalid now, and what was asked before still counts.
        disputes.expire(digest, CHALLENGER, _at(2, 0, 0, 0));
        disputes.expire(digest, CHALLENGER, _at(3, 0, 0, 0));
        for (uint256 pair = 0; pair < 4; pair++) {
            uint256 lost = pair == 1 ? 0 : OPERATOR_FINE;
            vm.assertEq(disputes.depositOf(members[_holder(root, pair)].signer), DEPOSIT - lost);
        }
    }

    function test_answer_afterInvalidation_stillSpares() public {
        _challenge(CHALLENGER, _at(0, 0, 0, 0));
        vm.warp(START + 1);
        _challenge(CHALLENGER, _at(1, 0, 0, 0));
        vm.warp(START + WINDOW + 1);
        disputes.expire(digest, CHALLENGER, _at(0, 0, 0, 0));
        disputes.answer(header, CHALLENGER, _openingAt(_at(1, 0, 0, 0)));
        vm.assertEq(disputes.depositOf(members[_holder(root, 1)].signer), DEPOSIT);
    }

    function test_expire_depositSmallerThanFine_takesWhatIsThere() public {
        address holder = members[_holder(root, 0)].signer;
        // Three headers, three fines: 12 ether pay for two and some.
        for (uint256 i = 0; i < 3; i++) {
            Encoder.Encoded memory e = Encoder.encode(4, _batch("batch", 150 - i));
            _use(e);
            uint256 pair = 0;
            while (members[_holder(root, pair)].signer != holder) pair++;
            _challenge(CHALLENGER, _at(pair, 0, 0, 0));
            vm.warp(block.timestamp + WINDOW + 1);
            disputes.expire(digest, CHALLENGER, _at(pair, 0, 0, 0));
        }
        vm.assertEq(disputes.depositOf(holder), 0);
        uint256 last = DEPOSIT - 2 * uint256(OPERATOR_FINE);
        vm.assertEq(disputes.creditOf(CHALLENGER), 3 * uint256(BOND) + 2 * (OPERATOR_FINE / 2) + last / 2);
    }

    function test_expire_notChallenged_reverts(bytes32 any, address challenger, uint256 seed) public {
        vm.expectPartialRevert(IDisputes.NotChallenged.selector);
        disputes.expire(any, challenger, _anyPosition(seed));
    }

    function test_expire_twice_reverts() public {
        Position memory p = _at(0, 0, 0, 0);
        _challenge(CHALLENGER, p);
        vm.warp(START + WINDOW + 1);
        disputes.expire(digest, CHALLENGER, p);
        vm.expectPartialRevert(IDisputes.NotChallenged.selector);
        disputes.expire(digest, CHALLENGER, p);
        vm.assertEq(disputes.creditOf(CHALLENGER), BOND + OPERATOR_FINE / 2);
    }
}
