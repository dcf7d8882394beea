// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../../src/interfaces/IDisputes.sol";
import {Attested} from "../../src/types/Attested.sol";
import {EpochMembers} from "../../src/types/EpochMembers.sol";
import {Line} from "../../src/types/Line.sol";
import {Position} from "../../src/types/Position.sol";
import {DisputesFixture} from "./DisputesFixture.sol";
import {Encoder} from "./Encoder.sol";
import {Greedy, Refuser} from "./Receivers.sol";

/// @notice Hostile and honest actors over four batches that were posted together: one valid, three that lie. Whatever
/// succeeds is also done to a model of who owns what and who is at fault, kept apart from the contract's own books.
contract Actors is DisputesFixture {
    using Encoder for Encoder.Encoded;

    uint256 internal constant BATCHES = 4;
    /// @dev The members that attested to the batches, all but one, and the batch that the disperser did not sign.
    uint256 internal constant ATTESTED = 11;
    uint256 internal constant UNSIGNED = 2;

    struct Batch {
        bytes encoded;
        bytes header;
        bytes path;
        bytes32 digest;
        bytes32 root;
    }

    struct Open {
        uint256 batch;
        Position position;
        address challenger;
        uint256 deadline;
        uint8 faults;
    }

    /// @dev A pair that expired, or a proof.
    struct Shown {
        address by;
        uint256 time;
        bool fined;
    }

    Batch[] internal batches;
    bytes[] internal headers;
    Open[] internal open;
    address[] internal accounts;

    // The model.
    mapping(address account => uint256) public deposits;
    mapping(address account => uint256) public credits;
    mapping(bytes32 digest => uint8) public faults;
    mapping(bytes32 digest => mapping(uint256 pair => Shown)) internal pairs;
    mapping(bytes32 digest => Shown) internal proven;
    mapping(bytes32 digest => bool) internal finedOverWithheld;
    mapping(bytes32 id => bool) internal answered;
    mapping(bytes32 id => bool) internal asking;
    /// @dev What came in and what went out, in all.
    uint256 public paidIn;
    uint256 public paidOut;
    uint256 public answers;
    uint256 public expiries;
    uint256 public reclaims;
    uint256 public proofs;
    uint256 public holderFines;
    uint256 public disperserFines;
    uint256 public exits;

    constructor() {
        setUp();
    }

    function setUp() public override {
        super.setUp();
        accounts = [
            TREASURY,
            DISPERSER,
            CHALLENGER,
            ANYBODY,
            address(new Refuser()),
            address(new Greedy(disputes)),
            OWNER
        ];
        for (uint256 i = 0; i < members.length; i++) {
            accounts.push(members[i].signer);
            deposits[members[i].signer] = DEPOSIT;
        }
        deposits[DISPERSER] = DEPOSIT;
        paidIn = 5 * DEPOSIT;
        for (uint256 i = 0; i < BATCHES; i++) {
            _addBatch(i);
        }
        for (uint256 i = 0; i < BATCHES; i++) {
            (, batches[i].path) = _tree(_digests(headers), i);
        }
        _post(headers, 1, ATTESTED);
    }

    /// @dev 0 is valid. 1 has a row, 2 a column, 3 a padding that lies.
    function _addBatch(uint256 kind) private {
        Encoder.Encoded memory e = Encoder.encode(4, _batch(bytes32(kind), 150));
        if (kind == 1) _flipAt(e.rows[3], 0);
        if (kind == 2) _flipAt(e.columns[1], 0);
        if (kind == 3) _flipAt(e.rows[1], 95);
        e.commit();
        Batch storage added = batches.push();
        added.encoded = abi.encode(e);
        added.header = _headerOf(e);
        added.digest = ledger.headerDigest(added.header);
        added.root = e.root;
        headers.push(added.header);
    }

    function accountsLength() external view returns (uint256) {
        return accounts.length;
    }

    function accountAt(uint256 index) external view returns (address) {
        return accounts[index];
    }

    function openLength() external view returns (uint256) {
        return open.length;
    }

    function digestOf(uint256 batch) external view returns (bytes32) {
        return batches[batch].digest;
    }

    function disputed() external view returns (IDisputes) {
        return disputes;
    }

    function _anyAccount(uint256 seed) private view returns (address) {
        return accounts[seed % accounts.length];
    }

    function _encodedOf(uint256 batch) private view returns (Encoder.Encoded memory) {
        return abi.decode(batches[batch].encoded, (Encoder.Encoded));
    }

    /// @dev The index of the member of the first epoch that holds a pair.
    function _holderIn(uint256 batch, uint256 pair) private view returns (uint256 index) {
        EpochMembers memory first = _membersOf(1);
        uint256 shard = (pair + uint256(batches[batch].root) % 4) % 4;
        while (first.members[index].shards != 1 << shard) index++;
    }

    function _share(uint256 amount, address to) private {
        credits[to] += amount / 2;
        credits[TREASURY] += amount - amount / 2;
    }

    function _fineInModel(address account, uint256 amount, address to) private {
        uint256 paid = amount < deposits[account] ? amount : deposits[account];
        deposits[account] -= paid;
        _share(paid, to);
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
            deadline: block.timestamp + WINDOW,
            faults: faults[b.digest]
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

    function answer(uint256 seed, uint256 which, bool honest) external {
        if (open.length == 0) return;
        which %= open.length;
        Open memory asked = open[which];
        Position memory p = asked.position;
        bytes memory opening = _encodedOf(asked.batch).open(p.pair, p.side, p.symbol, 0);
        // Dishonest: anywhere past the position, so that it still names the challenge.
        if (!honest) _flipAt(opening, 7 + seed % (opening.length - 7));
        address answerer = _anyAccount(seed);
        vm.prank(answerer);
        try disputes.answer(batches[asked.batch].header, opening) {
            require(honest, "answered with a lie");
            require(block.timestamp <= asked.deadline, "answered too late");
            bytes32 digest = batches[asked.batch].digest;
            answered[_idOf(digest, p)] = true;
            if (faults[digest] == asked.faults) _share(BOND, answerer);
            else credits[asked.challenger] += BOND;
            _close(which);
            answers++;
        } catch {
            require(!honest || block.timestamp > asked.deadline, "an honest answer in time is refused");
        }
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
            faults[digest] |= 1;
            credits[asked.challenger] += BOND;
            Shown storage pair = pairs[digest][asked.position.pair];
            if (pair.time == 0) (pair.by, pair.time) = (asked.challenger, block.timestamp);
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

    function fineHolder(uint256 seed, uint256 batch, uint8 pair) external {
        (batch, pair) = (batch % BATCHES, pair % 4);
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

    /// @dev A member that did not attest has signed something else.
    function _attestedIn(uint256 batch, uint256 member) private view returns (Attested memory) {
        if ((ATTESTED >> member) & 1 == 1) return _attested(headers, batch, 1, member);
        return _attestedAlone(headers[(batch + 1) % BATCHES], 1, member);
    }

    /// @dev The disperser's request, or what passes for it where there is none.
    function _requestOf(uint256 batch) private view returns (bytes memory) {
        if (batch == UNSIGNED) return _signOne(uint256(uint160(CHALLENGER)), batches[batch].digest);
        return _requested(batches[batch].header);
    }

    function fineDisperserOverWithheld(uint256 batch, uint8 pair) external {
        (batch, pair) = (batch % BATCHES, pair % 4);
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

    function _isOperator(address account) private view returns (bool) {
        EpochMembers memory first = _membersOf(1);
        for (uint256 i = 0; i < first.members.length; i++) {
            if (first.members[i].signer == account) return true;
        }
        return false;
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

    function wait(uint256 time) external {
        // Now and then for as long as an exit takes.
        vm.warp(block.timestamp + (time % 32 == 0 ? PROMISE + 5 * WINDOW : _bound(time, 1, WINDOW)));
    }

    function _close(uint256 which) private {
        asking[_idOf(batches[open[which].batch].digest, open[which].position)] = false;
        open[which] = open[open.length - 1];
        open.pop();
    }
}
