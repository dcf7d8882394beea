// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EpochMembers} from "../../src/types/EpochMembers.sol";
import {Line} from "../../src/types/Line.sol";
import {ActorsModel} from "./ActorsModel.sol";
import {Encoder} from "./Encoder.sol";

/// @notice Hostile and honest actors. Whatever succeeds is also done to the model, and what the model allows has to succeed.
contract Actors is ActorsModel {
    using Encoder for Encoder.Encoded;

    constructor() {
        setUp();
    }

    // What the actors do. Every number is taken into range, so that most calls go through.

    function challenge(uint256 seed, uint256 batch) external {
        batch %= BATCHES;
        Batch memory b = batches[batch];
        uint256 side = seed % 2;
        Open memory asked = Open({
            batch: batch,
            position: _at(seed / 2 % 4, side, seed / 8 % (side == 0 ? 3 : 2), 0),
            challenger: _anyAccount(seed / 64),
            deadline: block.timestamp + WINDOW
        });
        bytes32 id = _idOf(b.digest, asked.position);
        bool allowed = !asking[id] && !answered[id] && faults[b.digest] & 2 == 0 && block.timestamp <= EXPIRY;
        vm.deal(asked.challenger, asked.challenger.balance + BOND);
        vm.prank(asked.challenger);
        try disputes.challenge{value: BOND}(b.header, batch, b.path, asked.position) {
            require(allowed, "challenged what cannot be");
            open.push(asked);
            asking[id] = true;
            paidIn += BOND;
        } catch {
            require(!allowed, "a challenge is refused");
        }
    }

    function answer(uint256 seed, uint256 which, bool honestly) external {
        if (open.length == 0) return;
        which %= open.length;
        Open memory asked = open[which];
        bytes memory opening = _openingOf(asked);
        if (honestly && block.timestamp <= asked.deadline) {
            _answer(which, _anyAccount(seed), opening);
            return;
        }
        // A lie anywhere past the position, so that it still names the challenge.
        if (!honestly) _flipAt(opening, 7 + seed % (opening.length - 7));
        try disputes.answer(batches[asked.batch].header, opening) {
            require(false, "answered with a lie, or too late");
        } catch {}
    }

    function expire(uint256 which, uint256 by) external {
        if (open.length == 0) return;
        which %= open.length;
        Open memory asked = open[which];
        bytes32 digest = batches[asked.batch].digest;
        bool due = block.timestamp > asked.deadline && block.timestamp <= asked.deadline + WINDOW;
        vm.prank(_anyAccount(by));
        try disputes.expire(batches[asked.batch].header, asked.position) {
            require(due, "expired out of time");
            require(block.timestamp <= EXPIRY + 2 * WINDOW, "a fault after all were settled");
            require(_holderIn(asked.batch, asked.position.pair) != HONEST, "an honest pair expired");
            faults[digest] |= 1;
            credits[asked.challenger] += BOND;
            _recordExpiry(asked);
            _close(which);
            expiries++;
        } catch {
            require(!due, "an unanswered challenge does not expire");
        }
    }

    function reclaim(uint256 which, uint256 by) external {
        if (open.length == 0) return;
        which %= open.length;
        Open memory asked = open[which];
        bool due = block.timestamp > asked.deadline + WINDOW;
        vm.prank(_anyAccount(by));
        try disputes.reclaim(batches[asked.batch].digest, asked.position) {
            require(due, "reclaimed too early");
            credits[asked.challenger] += BOND;
            _close(which);
            reclaims++;
        } catch {
            require(!due, "a bond is not given back");
        }
    }

    function fineHolder(uint256 seed) external {
        (uint256 batch, uint8 pair) = _anyPair(seed / 4);
        Shown storage shown = pairs[batches[batch].digest][pair];
        uint256 holder = _holderIn(batch, pair);
        EpochMembers memory first = _membersOf(1);
        bool due = shown.time != 0 && !shown.fined && block.timestamp <= shown.time + WINDOW
            && (ATTESTED >> holder) & 1 == 1;
        // Now and then with the signature of another member: it is not the holder's.
        uint256 signer = seed % 4 == 0 ? (holder + 1) % 4 : holder;
        due = due && signer == holder;
        try disputes.fineHolder(batches[batch].header, pair, _attestedIn(batch, signer), first) {
            require(due, "an operator is fined that is not to be");
            shown.fined = true;
            _fineInModel(first.members[holder].signer, OPERATOR_FINE, shown.by);
            holderFines++;
        } catch {
            require(!due, "a fine of an operator is refused");
        }
    }

    function fineDisperserOverWithheld(uint256 seed) external {
        (uint256 batch, uint8 pair) = _anyPair(seed);
        bytes32 digest = batches[batch].digest;
        Shown storage shown = pairs[digest][pair];
        bool due = shown.time != 0 && !shown.fined && !finedOverWithheld[digest]
            && block.timestamp > shown.time + WINDOW && block.timestamp <= shown.time + 2 * WINDOW
            && batch != UNSIGNED;
        try disputes.fineDisperserOverWithheld(batches[batch].header, pair, _requestOf(batch)) {
            require(due, "a disperser is fined that is not to be");
            shown.fined = true;
            finedOverWithheld[digest] = true;
            _fineInModel(DISPERSER, DISPERSER_FINE, shown.by);
            disperserFines++;
        } catch {
            require(!due, "a fine of a disperser is refused");
        }
    }

    function fineDisperserOverInconsistent(uint256 batch) external {
        batch %= BATCHES;
        Shown storage shown = proven[batches[batch].digest];
        bool due =
            shown.time != 0 && !shown.fined && block.timestamp <= shown.time + WINDOW && batch != UNSIGNED;
        try disputes.fineDisperserOverInconsistent(batches[batch].header, _requestOf(batch)) {
            require(due, "a disperser is fined that is not to be");
            shown.fined = true;
            _fineInModel(DISPERSER, DISPERSER_FINE, shown.by);
            disperserFines++;
        } catch {
            require(!due, "a fine of a disperser is refused");
        }
    }

    function disproveParity(uint256 seed, uint256 batch, uint256 row, uint256 split) external {
        batch %= BATCHES;
        Encoder.Encoded memory e = _encodedOf(batch);
        // Mostly the line that is broken in batch 1, else any.
        bool aimed = seed % 4 != 0;
        Line memory line = Line({
            side: 1,
            index: aimed ? 0 : uint8(seed / 4 % 3),
            chunk: 0,
            byteIndex: aimed ? 0 : uint16(seed / 16 % 32),
            points: _points(bytes32(seed), 4, 3, aimed ? 3 : row % 4)
        });
        _disproveParity(e, batch, line, [_anyAccount(seed / 512), address(uint160(split))]);
    }

    /// @dev In one part, or in two by the second's wish.
    function _disproveParity(Encoder.Encoded memory e, uint256 batch, Line memory line, address[2] memory by)
        private
    {
        uint256 split = uint256(uint160(by[1])) % 3;
        Batch memory b = batches[batch];
        uint256 from = 0;
        if (split > 0) {
            bytes[] memory first = _openingsOf(e, line, 0, split);
            vm.prank(by[0]);
            try disputes.disproveParity(b.header, batch, b.path, line, first) returns (bool decided) {
                require(!decided, "decided on a part");
                from = split;
            } catch {}
        }
        bytes[] memory rest = _openingsOf(e, line, from, 3);
        vm.prank(by[0]);
        try disputes.disproveParity(b.header, batch, b.path, line, rest) returns (bool decided) {
            if (decided) _disproved(batch, by[0]);
        } catch {}
    }

    function disproveSymbol(uint256 seed, uint256 batch, uint256 row, uint256 column) external {
        batch %= BATCHES;
        (row, column) = seed % 4 == 0 ? (row % 2, column % 3) : (0, 1);
        Encoder.Encoded memory e = _encodedOf(batch);
        bytes memory inRow = e.open(row, 0, column, 0);
        bytes memory inColumn = e.open(column, 1, row, 0);
        address by = _anyAccount(seed / 4);
        vm.prank(by);
        try disputes.disproveSymbol(batches[batch].header, batch, batches[batch].path, inRow, inColumn) {
            _disproved(batch, by);
        } catch {}
    }

    function disprovePadding(uint256 seed, uint256 batch, uint256 symbol, uint16 index) external {
        batch %= BATCHES;
        if (seed % 4 != 0) (symbol, index) = (5, 31);
        symbol %= 6;
        bytes memory opening = _encodedOf(batch).open(symbol / 3, 0, symbol % 3, 0);
        address by = _anyAccount(seed / 4);
        vm.prank(by);
        try disputes.disprovePadding(batches[batch].header, batch, batches[batch].path, opening, index % 32) {
            _disproved(batch, by);
        } catch {}
    }

    function _disproved(uint256 batch, address by) private {
        bytes32 digest = batches[batch].digest;
        require(batch != 0, "a valid batch was disproved");
        require(faults[digest] & 2 == 0, "disproved twice");
        require(block.timestamp <= EXPIRY + WINDOW, "disproved too late");
        faults[digest] |= 2;
        (proven[digest].by, proven[digest].time) = (by, block.timestamp);
        proofs++;
    }

    function addDeposit(uint256 seed, uint96 amount) external {
        address account = _anyAccount(seed);
        amount = uint96(_bound(amount, 1, 10 ether));
        _deposit(account, amount);
        deposits[account] += amount;
        paidIn += amount;
    }

    function depart(uint256 seed, uint256 step) external {
        address account = _anyAccount(seed);
        uint32 epoch = committee.currentEpoch();
        if (step % 4 == 0) {
            EpochMembers[] memory next = new EpochMembers[](1);
            next[0] = _current();
            try disputes.showAbsence(account, next) {} catch {}
            return;
        }
        if (step % 4 == 1) {
            vm.prank(OWNER);
            try disputes.requestExit(account, _membersOf(epoch), _membersOf(epoch - 1)) {
                require(!_isOperator(account) || epoch > 2, "left while it signs");
            } catch {}
            return;
        }
        (, uint64 unlockAt,) = disputes.exitOf(account);
        vm.prank(OWNER);
        try disputes.finishExit(account) {
            require(unlockAt != 0 && block.timestamp > unlockAt, "left too early");
            credits[OWNER] += deposits[account];
            deposits[account] = 0;
            exits++;
        } catch {}
    }

    function withdraw(uint256 seed) external {
        address account = _anyAccount(seed);
        uint256 before = account.balance;
        uint256 amount = credits[account];
        try disputes.withdraw(account) {
            require(account.balance - before == amount, "paid another amount");
            paidOut += amount;
            credits[account] = 0;
        } catch {
            require(amount == 0 || account == accounts[4], "a credit is not paid");
        }
    }

    /// @dev Others take over, so that the first operators can leave. Rarely: batches are of the first epoch.
    function nextEpoch(uint256 seed) external {
        if (seed % 16 != 0 || committee.currentEpoch() > 2) return;
        if (committee.currentEpoch() == 1) _startEpoch(_ones(4));
        else _startSame();
    }

    /// @dev Posts the header that was kept back: it stands from then on, or never.
    function postLate(uint256 seed) external {
        if (seed % 8 != 0) return;
        bool due = lateStands || block.timestamp + NOTICE <= EXPIRY;
        bytes memory signatures = _sign(_digestOf(late), 1, ATTESTED);
        try ledger.postOne(late, 0, "", _membersOf(1), ATTESTED, signatures) {
            require(due, "posted too late");
            lateStands = true;
        } catch {
            require(!due, "a post is refused");
        }
    }

    /// @dev Mostly within a window; now and then to the end of the notice, to the expiry, or for as long as an exit takes.
    function wait(uint256 time) external {
        uint256 to = block.timestamp + _bound(time / 32, 1, WINDOW);
        if (time % 32 == 0) to = block.timestamp + PROMISE + 5 * WINDOW;
        if (time % 32 == 1 && block.timestamp < EXPIRY - WINDOW) to = EXPIRY - time / 32 % WINDOW;
        if (time % 32 == 2 && block.timestamp < EXPIRY - NOTICE - WINDOW) {
            to = EXPIRY - NOTICE - time / 32 % WINDOW;
        }
        _answerHonestly(to);
        vm.warp(to);
    }
}
