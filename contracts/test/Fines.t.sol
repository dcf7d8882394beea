// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../src/interfaces/IDisputes.sol";
import {IStakes} from "../src/interfaces/IStakes.sol";
import {Attested} from "../src/types/Attested.sol";
import {EpochMembers} from "../src/types/EpochMembers.sol";
import {Encoder} from "./support/Encoder.sol";
import {FinesFixture} from "./support/FinesFixture.sol";

/// @notice What the holder of an expired pair pays: if its own signature is shown, in time, once a pair, and no other account.
contract FinesTest is FinesFixture {
    function test_fineHolder_byAnyAccount_finesTheHolderAlone_paysTheChallenger(uint256 pair, address by)
        public
    {
        vm.assume(by != CHALLENGER && by != TREASURY);
        pair %= 4;
        _expire(pair);
        uint256 holder = _holder(root, pair);
        Attested memory attested = _attested(holder);
        EpochMembers memory epochMembers = _current();
        vm.expectEmit(address(disputes));
        emit IStakes.Fined(members[holder].signer, CHALLENGER, OPERATOR_FINE);
        vm.prank(by);
        disputes.fineHolder(header, uint8(pair), attested, epochMembers);

        _expectDeposits(holder, OPERATOR_FINE, 0);
        vm.assertEq(disputes.creditOf(CHALLENGER), BOND + OPERATOR_FINE / 2);
        vm.assertEq(disputes.creditOf(TREASURY), OPERATOR_FINE - OPERATOR_FINE / 2);
        vm.assertEq(disputes.creditOf(by), 0);
        (,, bool fined) = disputes.expiredPairOf(digest, uint8(pair));
        vm.assertTrue(fined);
    }

    function test_fineHolder_attestationOfAnotherPost_counts(uint256 pair) public {
        // What the holder promised is the header, under whatever headersRoot.
        pair %= 4;
        _expire(pair);
        uint256 holder = _holder(root, pair);
        disputes.fineHolder(header, uint8(pair), _attestedAlone(header, 1, holder), _current());
        _expectDeposits(holder, OPERATOR_FINE, 0);
    }

    function test_fineHolder_signatureOfAnotherMember_reverts(uint256 pair, uint256 other) public {
        pair %= 4;
        uint256 holder = _holder(root, pair);
        other %= 4;
        vm.assume(other != holder);
        _expire(pair);
        Attested memory attested = _attested(other);
        EpochMembers memory epochMembers = _current();
        vm.expectPartialRevert(IDisputes.NotSigned.selector);
        disputes.fineHolder(header, uint8(pair), attested, epochMembers);
    }

    function test_fineHolder_anySignature_finesNone(
        uint256 index,
        bytes32[3] memory path,
        bytes memory signature
    ) public {
        _expire(0);
        Attested memory attested =
            Attested({index: index % 8, path: abi.encodePacked(path), signature: signature});
        EpochMembers memory epochMembers = _current();
        vm.expectPartialRevert(IDisputes.NotSigned.selector);
        disputes.fineHolder(header, 0, attested, epochMembers);
    }

    function test_fineHolder_mutatedAttestation_reverts(uint256 which, uint8 mask) public {
        vm.assume(mask != 0);
        _expire(0);
        Attested memory attested = _attested(_holder(root, 0));
        uint256 size = attested.path.length + attested.signature.length;
        uint256 place = which % size;
        if (place < attested.path.length) attested.path = _flip(attested.path, place, mask);
        else attested.signature = _flip(attested.signature, place - attested.path.length, mask);
        EpochMembers memory epochMembers = _current();
        vm.expectPartialRevert(IDisputes.NotSigned.selector);
        disputes.fineHolder(header, 0, attested, epochMembers);
    }

    function test_fineHolder_notAPlace_reverts(uint256 index, uint256 bytesOfPath) public {
        bytesOfPath %= 11 * 32;
        index = index >> (index % 256);
        uint256 nodes = bytesOfPath / 32;
        vm.assume(bytesOfPath % 32 != 0 || nodes > 9 || index >> nodes != 0);
        _expire(0);
        Attested memory attested = _attested(_holder(root, 0));
        (attested.index, attested.path) = (index, new bytes(bytesOfPath));
        EpochMembers memory epochMembers = _current();
        vm.expectRevert(abi.encodeWithSelector(IDisputes.PlaceInvalid.selector, index, bytesOfPath));
        disputes.fineHolder(header, 0, attested, epochMembers);
    }

    function test_fineHolder_membersOfAnotherEpoch_reverts() public {
        _expire(0);
        Attested memory attested = _attested(_holder(root, 0));
        _startEpoch(_ones(4));
        EpochMembers memory another = _current();
        vm.expectPartialRevert(IStakes.MembersMismatch.selector);
        disputes.fineHolder(header, 0, attested, another);
        // The header's own epoch still counts.
        disputes.fineHolder(header, 0, attested, _membersOf(1));
    }

    function test_fineHolder_attestationOfAnotherEpoch_reverts() public {
        // The same key in two committees: what it signed for one says nothing in the other.
        _expire(0);
        _startSame();
        uint256 holder = _holder(root, 0);
        Attested memory attested = _attestedAlone(header, 2, holder);
        EpochMembers memory first = _membersOf(1);
        vm.expectPartialRevert(IDisputes.NotSigned.selector);
        disputes.fineHolder(header, 0, attested, first);
    }

    function test_fineHolder_notExpired_reverts(uint256 pair) public {
        pair = _bound(pair, 1, 255);
        _expire(0);
        // Answered, and so no fault of its holder.
        _challenge(CHALLENGER, _at(2, 0, 0, 0));
        disputes.answer(header, _openingAt(_at(2, 0, 0, 0)));
        Attested memory attested = _attested(_holder(root, pair % 4));
        EpochMembers memory epochMembers = _current();
        vm.expectRevert(abi.encodeWithSelector(IDisputes.NotAtFault.selector, digest));
        disputes.fineHolder(header, uint8(pair), attested, epochMembers);
    }

    function test_fineHolder_untilAWindowAfterTheExpiry(uint256 time) public {
        _expire(0);
        Attested memory attested = _attested(_holder(root, 0));
        EpochMembers memory epochMembers = _current();
        uint256 until = EXPIRED + WINDOW;
        time = _bound(time, EXPIRED, EXPIRED + 3 * WINDOW);
        vm.warp(time);
        if (time > until) vm.expectRevert(abi.encodeWithSelector(IDisputes.TooLate.selector, until, time));
        disputes.fineHolder(header, 0, attested, epochMembers);
        _expectDeposits(_holder(root, 0), time > until ? 0 : OPERATOR_FINE, 0);
    }

    function test_fineHolder_edgesOfItsTime() public {
        // As the bound maps it: into EXPIRED … EXPIRED + 3·WINDOW.
        test_fineHolder_untilAWindowAfterTheExpiry(WINDOW);
        setUp();
        test_fineHolder_untilAWindowAfterTheExpiry(WINDOW + 1);
    }

    function test_fineHolder_twice_reverts() public {
        _expire(0);
        _fineHolder(0);
        Attested memory attested = _attested(_holder(root, 0));
        EpochMembers memory epochMembers = _current();
        vm.expectRevert(abi.encodeWithSelector(IDisputes.AlreadyFined.selector, digest));
        disputes.fineHolder(header, 0, attested, epochMembers);
    }

    function test_fineHolder_everyExpiredPair_finesEach() public {
        for (uint256 pair = 0; pair < 4; pair++) {
            _challenge(CHALLENGER, _at(pair, 0, 0, 0));
        }
        disputes.answer(header, _openingAt(_at(1, 0, 0, 0)));
        vm.warp(EXPIRED);
        for (uint256 pair = 0; pair < 4; pair++) {
            if (pair == 1) continue;
            disputes.expire(header, _at(pair, 0, 0, 0));
            _fineHolder(pair);
        }
        for (uint256 pair = 0; pair < 4; pair++) {
            uint256 lost = pair == 1 ? 0 : OPERATOR_FINE;
            vm.assertEq(disputes.depositOf(members[_holder(root, pair)].signer), DEPOSIT - lost);
        }
    }

    function test_fineHolder_operatorOfSeveralShards_paysForEveryPair() public {
        uint256[] memory sizes = new uint256[](4);
        (sizes[0], sizes[1], sizes[2], sizes[3]) = (2, 1, 3, 1);
        _deploy(7);
        _startEpoch(_sets(sizes));
        _depositMembers();
        _use(Encoder.encode(7, _batch("seven", 60)));
        for (uint256 pair = 0; pair < 7; pair++) {
            _challenge(CHALLENGER, _at(pair, 0, 0, 0));
        }
        vm.warp(EXPIRED);
        uint256[] memory lost = new uint256[](4);
        for (uint256 pair = 0; pair < 7; pair++) {
            disputes.expire(header, _at(pair, 0, 0, 0));
            _fineHolder(pair);
            lost[_holder(root, pair)] += OPERATOR_FINE;
        }
        for (uint256 i = 0; i < 4; i++) {
            vm.assertEq(_popcount(members[i].shards) * OPERATOR_FINE, lost[i]);
            uint256 paid = lost[i] < DEPOSIT ? lost[i] : DEPOSIT;
            vm.assertEq(disputes.depositOf(members[i].signer), DEPOSIT - paid);
        }
    }

    function test_fineHolder_depositSmallerThanFine_takesWhatIsThere() public {
        address holder = members[_holder(root, 0)].signer;
        // Three headers, three fines: 12 ether pay for two and a part.
        for (uint256 i = 0; i < 3; i++) {
            _use(Encoder.encode(4, _batch("batch", 149 - i)));
            uint256 pair = 0;
            while (members[_holder(root, pair)].signer != holder) pair++;
            _expire(pair);
            _fineHolder(pair);
        }
        vm.assertEq(disputes.depositOf(holder), 0);
        uint256 last = DEPOSIT - 2 * uint256(OPERATOR_FINE);
        vm.assertEq(disputes.creditOf(CHALLENGER), 3 * uint256(BOND) + 2 * (OPERATOR_FINE / 2) + last / 2);
    }
}
