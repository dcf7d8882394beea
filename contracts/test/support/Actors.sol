// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../../src/interfaces/IDisputes.sol";
import {Line} from "../../src/types/Line.sol";
import {Member} from "../../src/types/Member.sol";
import {Position} from "../../src/types/Position.sol";
import {DisputesFixture} from "./DisputesFixture.sol";
import {Encoder} from "./Encoder.sol";
import {Greedy, Refuser} from "./Receivers.sol";

/// @notice Hostile and honest actors over four batches of two epochs: one valid, three that lie. Whatever succeeds is also
/// done to a model of who owns what and who is at fault, kept apart from the contract's own books.
contract Actors is DisputesFixture {
    using Encoder for Encoder.Encoded;

    uint256 internal constant BATCHES = 4;
    uint256 private constant SUBSETS = 3;

    struct Batch {
        bytes encoded;
        bytes header;
        bytes32 digest;
        bytes32 root;
        bytes[] certificates;
        uint256[] signers;
        uint32 epoch;
    }

    struct Open {
        uint256 batch;
        Position position;
        address challenger;
        address holder;
        uint256 deadline;
    }

    Batch[] internal batches;
    Open[] internal open;
    address[] internal accounts;
    Member[] internal operators;

    // The model.
    mapping(address account => uint256) public deposits;
    mapping(address account => uint256) public credits;
    mapping(bytes32 digest => uint8) public faults;
    mapping(bytes32 digest => mapping(address operator => bool)) internal finedOver;
    /// @dev What came in and what went out, in all.
    uint256 public paidIn;
    uint256 public paidOut;
    uint256 public answers;
    uint256 public expiries;
    uint256 public proofs;
    uint256 public exits;

    constructor() {
        setUp();
    }

    function setUp() public override {
        super.setUp();
        operators = members;
        accounts =
            [TREASURY, DISPERSER, CHALLENGER, ANYBODY, address(new Refuser()), address(new Greedy(disputes))];
        for (uint256 i = 0; i < members.length; i++) {
            accounts.push(members[i].signer);
            deposits[members[i].signer] = DEPOSIT;
        }
        deposits[DISPERSER] = DEPOSIT;
        paidIn = 5 * DEPOSIT;
        for (uint256 i = 0; i < BATCHES; i++) {
            _addBatch(i);
        }
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
        added.epoch = 1;
        uint256[SUBSETS] memory subsets = [uint256(15), 14, 7];
        for (uint256 i = 0; i < SUBSETS; i++) {
            added.signers.push(subsets[i]);
            added.certificates.push(_certify(added.header, 1, subsets[i]));
        }
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

    function challenge(uint256 seed, uint256 batch, uint256 subset) external {
        batch %= BATCHES;
        subset %= SUBSETS;
        uint256 side = seed % 2;
        Open memory asked = Open({
            batch: batch,
            position: _at(seed / 2 % 4, side, seed / 8 % (side == 0 ? 3 : 2), 0),
            challenger: _anyAccount(seed / 64),
            holder: address(0),
            deadline: block.timestamp + WINDOW
        });
        uint256 index = (asked.position.pair + uint256(batches[batch].root) % 4) % 4;
        if ((batches[batch].signers[subset] >> index) & 1 == 1) asked.holder = operators[index].signer;

        vm.deal(asked.challenger, asked.challenger.balance + BOND);
        vm.prank(asked.challenger);
        try disputes.challenge{value: BOND}(batches[batch].certificates[subset], operators, asked.position) {
            require(faults[batches[batch].digest] == 0, "challenged although invalid");
            open.push(asked);
            paidIn += BOND;
        } catch {}
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
        try disputes.answer(batches[asked.batch].header, asked.challenger, opening) {
            require(honest, "answered with a lie");
            require(block.timestamp <= asked.deadline, "answered too late");
            _share(BOND, answerer);
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
        vm.prank(_anyAccount(by));
        try disputes.expire(digest, asked.challenger, asked.position) {
            require(block.timestamp > asked.deadline, "expired too early");
            faults[digest] |= 1;
            credits[asked.challenger] += BOND;
            _close(which);
            expiries++;
            if (asked.holder == address(0) || finedOver[digest][asked.holder]) return;
            finedOver[digest][asked.holder] = true;
            _fineInModel(asked.holder, OPERATOR_FINE, asked.challenger);
        } catch {
            require(block.timestamp <= asked.deadline, "an unanswered challenge does not expire");
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
        bytes memory certificate = batches[batch].certificates[0];
        uint256 from = 0;
        if (split > 0) {
            bytes[] memory first = _openingsOf(e, line, 0, split);
            vm.prank(by[0]);
            try disputes.disproveParity(certificate, operators, line, first) returns (bool decided) {
                require(!decided, "decided on a part");
                from = split;
            } catch {}
        }
        bytes[] memory rest = _openingsOf(e, line, from, 3);
        vm.prank(by[0]);
        try disputes.disproveParity(certificate, operators, line, rest) returns (bool decided) {
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
        try disputes.disproveSymbol(batches[batch].certificates[1], operators, inRow, inColumn) {
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
        try disputes.disprovePadding(batches[batch].certificates[2], operators, opening, index % 32) {
            _disproved(batch, by);
        } catch {}
    }

    function _disproved(uint256 batch, address by) private {
        bytes32 digest = batches[batch].digest;
        require(batch != 0, "a valid batch was disproved");
        require(faults[digest] & 2 == 0, "disproved twice");
        faults[digest] |= 2;
        _fineInModel(DISPERSER, DISPERSER_FINE, by);
        proofs++;
    }

    function addDeposit(uint256 seed, uint96 amount) external {
        address account = _anyAccount(seed);
        amount = uint96(_bound(amount, 1, 10 ether));
        vm.deal(address(this), amount);
        disputes.deposit{value: amount}(account);
        deposits[account] += amount;
        paidIn += amount;
    }

    function depart(uint256 seed, uint256 step) external {
        address account = _anyAccount(seed);
        if (step % 4 == 0) {
            Member[][] memory next = new Member[][](1);
            next[0] = members;
            try disputes.showAbsence(account, next) {} catch {}
            return;
        }
        if (step % 4 == 1) {
            vm.prank(account);
            try disputes.requestExit(account, members, members) {
                require(!_isOperator(account) || committee.currentEpoch() > 2, "left while it signs");
            } catch {}
            return;
        }
        vm.prank(account);
        try disputes.finishExit(account) {
            credits[account] += deposits[account];
            deposits[account] = 0;
            exits++;
        } catch {}
    }

    function _isOperator(address account) private view returns (bool) {
        for (uint256 i = 0; i < operators.length; i++) {
            if (operators[i].signer == account) return true;
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
        else committee.startEpoch(members, _endpoints(4));
    }

    function wait(uint256 time) external {
        // Now and then for as long as an exit takes.
        vm.warp(block.timestamp + (time % 8 == 0 ? PROMISE + 2 * WINDOW : _bound(time, 1, WINDOW)));
    }

    function _close(uint256 which) private {
        open[which] = open[open.length - 1];
        open.pop();
    }
}
