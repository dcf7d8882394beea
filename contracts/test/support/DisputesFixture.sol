// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../../src/interfaces/IDisputes.sol";
import {Attested} from "../../src/types/Attested.sol";
import {Line} from "../../src/types/Line.sol";
import {Position} from "../../src/types/Position.sol";
import {Terms} from "../../src/types/Terms.sol";
import {Encoder} from "./Encoder.sol";
import {Fixture} from "./Fixture.sol";

/// @notice Disputes over the fixture's ledger, with deposits for every member and for one disperser, and batches that the
/// fixture's committee attests to and posts.
abstract contract DisputesFixture is Fixture {
    using Encoder for Encoder.Encoded;

    uint64 internal constant WINDOW = 1 hours;
    // Odd, so that halves have to be told from rests.
    uint96 internal constant BOND = 1 ether + 1;
    uint96 internal constant OPERATOR_FINE = 5 ether + 1;
    uint96 internal constant DISPERSER_FINE = 7 ether + 1;
    uint256 internal constant DEPOSIT = 12 ether;
    /// @dev Of a header that is posted at the start, the longest promise.
    uint64 internal constant EXPIRY = uint64(START) + PROMISE;

    address internal constant TREASURY = address(0x7EA5);
    /// @dev Of the accounts with a deposit, all of them.
    address internal constant OWNER = address(0x0113);
    uint256 internal constant DISPERSER_KEY = 0xD15;
    address internal constant DISPERSER = 0xb2CADC6990b84cB92054EDd8F76a92E216C7c4d6;
    address internal constant CHALLENGER = address(0xC4A1);
    address internal constant ANYBODY = address(0xA11);

    IDisputes internal disputes;

    function setUp() public virtual override {
        super.setUp();
        vm.assertEq(DISPERSER, vm.addr(DISPERSER_KEY));
        _depositMembers();
        vm.deal(CHALLENGER, 100 ether);
    }

    function _deploy(uint256 shards) internal virtual override {
        super._deploy(shards);
        disputes = _deployDisputes(_terms());
        _deposit(DISPERSER, DEPOSIT);
    }

    /// @dev A deployment of another n, with deposits.
    function _redeploy(uint256 shards) internal {
        _deploy(shards);
        _startEpoch(_ones(shards));
        _depositMembers();
    }

    function _terms() internal pure returns (Terms memory) {
        return Terms({
            window: WINDOW,
            bond: BOND,
            operatorFine: OPERATOR_FINE,
            disperserFine: DISPERSER_FINE,
            operatorDepositMin: OPERATOR_FINE,
            disperserDepositMin: DISPERSER_FINE,
            treasury: TREASURY
        });
    }

    function _deployDisputes(Terms memory terms) internal returns (IDisputes) {
        return IDisputes(vm.deployCode("Disputes.sol:Disputes", abi.encode(ledger, terms)));
    }

    function _deposit(address account, uint256 amount) internal {
        if (disputes.ownerOf(account) == address(0)) {
            vm.prank(account);
            disputes.nameOwner(OWNER);
        }
        vm.deal(address(this), amount);
        disputes.deposit{value: amount}(account, OWNER);
    }

    function _depositMembers() internal {
        for (uint256 i = 0; i < members.length; i++) {
            _deposit(members[i].signer, DEPOSIT);
        }
    }

    function _batch(bytes32 seed, uint256 length) internal pure returns (bytes memory data) {
        data = new bytes(length);
        for (uint256 i = 0; i < length; i++) {
            data[i] = keccak256(abi.encode(seed, i / 32))[i % 32];
        }
    }

    function _headerOf(Encoder.Encoded memory e) internal view returns (bytes memory) {
        return
            abi.encodePacked(
                e.root, uint32(e.length), committee.currentEpoch(), EXPIRY, DISPERSER, bytes32(0)
            );
    }

    /// @dev The certificate of a batch by every member of the latest epoch.
    function _certificateOf(Encoder.Encoded memory e) internal view returns (bytes memory) {
        return _certify(_headerOf(e), committee.currentEpoch(), _all());
    }

    /// @dev The index of the member of the latest epoch that holds a pair.
    function _holder(bytes32 root, uint256 pair) internal view returns (uint256 index) {
        uint256 shards = committee.shards();
        uint256 shard = (pair + uint256(root) % shards) % shards;
        while ((members[index].shards >> shard) & 1 == 0) index++;
    }

    /// @dev What the member of an epoch says of a header that it attested to under a root, given its place there.
    function _attested(bytes[] memory list, uint256 index, uint32 epoch, uint256 member)
        internal
        view
        returns (Attested memory)
    {
        (bytes32 root, bytes memory path) = _tree(_digests(list), index);
        return Attested({index: index, path: path, signature: _sign(root, epoch, 1 << member)});
    }

    /// @dev The same of a header that it attested to alone.
    function _attestedAlone(bytes memory header, uint32 epoch, uint256 member)
        internal
        view
        returns (Attested memory)
    {
        return Attested({index: 0, path: "", signature: _sign(_digestOf(header), epoch, 1 << member)});
    }

    /// @dev The disperser's request for a dispersal.
    function _requested(bytes memory header) internal view returns (bytes memory) {
        return _signOne(DISPERSER_KEY, _digestOf(header));
    }

    function _at(uint256 pair, uint256 side, uint256 symbol, uint256 chunk)
        internal
        pure
        returns (Position memory)
    {
        return Position({pair: uint8(pair), side: uint8(side), symbol: uint8(symbol), chunk: uint32(chunk)});
    }

    function _idOf(bytes32 digest, Position memory p) internal pure returns (bytes32) {
        return keccak256(abi.encode(digest, p.pair, p.side, p.symbol, p.chunk));
    }

    /// @dev The openings of a line's points from `from` up to `to` of them, where protocol §7.2 has them.
    function _openingsOf(Encoder.Encoded memory e, Line memory line, uint256 from, uint256 to)
        internal
        pure
        returns (bytes[] memory openings)
    {
        openings = new bytes[](to - from);
        uint256 count = 0;
        for (uint256 q = 0; q < e.n && count < to; q++) {
            if ((line.points >> q) & 1 == 0) continue;
            if (count >= from) openings[count - from] = _openingOf(e, line, q);
            count++;
        }
    }

    function _openingOf(Encoder.Encoded memory e, Line memory line, uint256 q)
        internal
        pure
        returns (bytes memory)
    {
        if (line.side == 1) return e.open(q, 0, line.index, line.chunk);
        return q < e.c ? e.open(line.index, 0, q, line.chunk) : e.open(q, 1, line.index, line.chunk);
    }

    /// @dev k + 1 of n points, by a seed; `with` is among them.
    function _points(bytes32 seed, uint256 n, uint256 count, uint256 with)
        internal
        pure
        returns (uint256 points)
    {
        points = 1 << with;
        for (uint256 taken = 1; taken < count; seed = keccak256(abi.encode(seed))) {
            uint256 q = uint256(seed) % n;
            if ((points >> q) & 1 == 1) continue;
            points |= 1 << q;
            taken++;
        }
    }

    function _flipAt(bytes memory data, uint256 index) internal pure {
        data[index] ^= 0x01;
    }
}
