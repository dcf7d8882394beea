// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOpenings} from "./support/ILibraries.sol";
import {Test} from "./support/Test.sol";

/// @notice The trees here are whole ones over random leaves, built level by level; only the opened symbol has bytes.
contract OpeningsTest is Test {
    struct Case {
        uint256 shards;
        uint256 length;
        uint256 pair;
        uint256 side;
        uint256 symbol;
        uint256 chunk;
        bytes32 root;
        bytes opening;
    }

    IOpenings private harness;

    function setUp() public {
        harness = IOpenings(vm.deployCode("OpeningsHarness.sol:OpeningsHarness"));
    }

    function _verify(Case memory c) private view returns (bool) {
        return harness.verify(c.opening, c.root, c.shards, c.length);
    }

    function _symbolBytes(uint256 n, uint256 length) private pure returns (uint256) {
        uint256 f = (n - 1) / 3;
        uint256 row = 32 * (n - 2 * f) * (n - f);
        return 32 * ((length + row - 1) / row);
    }

    function _inner(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return sha256(bytes.concat(hex"01", left, right));
    }

    /// @dev Root and packed path of a leaf in a tree that is padded with zeros to a power of two.
    function _tree(bytes32[] memory leaves, uint256 index) private pure returns (bytes32, bytes memory path) {
        uint256 width = 1;
        while (width < leaves.length) width *= 2;
        bytes32[] memory level = new bytes32[](width);
        for (uint256 i = 0; i < leaves.length; i++) {
            level[i] = leaves[i];
        }
        for (; width > 1; width /= 2) {
            path = bytes.concat(path, level[index ^ 1]);
            for (uint256 i = 0; i < width / 2; i++) {
                level[i] = _inner(level[2 * i], level[2 * i + 1]);
            }
            index /= 2;
        }
        return (level[0], path);
    }

    function _leaves(bytes32 seed, uint256 count) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) {
            leaves[i] = keccak256(abi.encode(seed, i));
        }
    }

    function _bytes(bytes32 seed, uint256 length) private pure returns (bytes memory data) {
        data = new bytes(length);
        for (uint256 i = 0; i < length; i++) {
            data[i] = bytes32(keccak256(abi.encode(seed, i / 32)))[i % 32];
        }
    }

    /// @dev Fills in root and opening.
    function _open(Case memory c, bytes32 seed) private pure {
        uint256 symbolBytes = _symbolBytes(c.shards, c.length);
        uint256 chunkBytes = symbolBytes - 2048 * c.chunk;
        bytes memory data = _bytes(seed, chunkBytes < 2048 ? chunkBytes : 2048);

        bytes32[] memory leaves = _leaves(keccak256(abi.encode(seed, "chunks")), (symbolBytes + 2047) / 2048);
        leaves[c.chunk] = sha256(bytes.concat(hex"00", data));
        (bytes32 node, bytes memory path) = _tree(leaves, c.chunk);
        bytes memory rest = path;

        uint256 f = (c.shards - 1) / 3;
        leaves = _leaves(keccak256(abi.encode(seed, "sliver")), c.side == 0 ? c.shards - f : c.shards - 2 * f);
        leaves[c.symbol] = node;
        (node, path) = _tree(leaves, c.symbol);
        bytes32 other = keccak256(abi.encode(seed, "other"));
        rest = bytes.concat(rest, path, other);

        leaves = _leaves(keccak256(abi.encode(seed, "pairs")), c.shards);
        leaves[c.pair] =
            sha256(c.side == 0 ? bytes.concat(hex"02", node, other) : bytes.concat(hex"02", other, node));
        (c.root, path) = _tree(leaves, c.pair);
        c.opening = bytes.concat(_position(c), data, rest, path);
    }

    function _position(Case memory c) private pure returns (bytes memory) {
        return abi.encodePacked(uint8(c.pair), uint8(c.side), uint8(c.symbol), uint32(c.chunk));
    }

    /// @dev Any opening of a batch whose symbols have up to `chunks` chunks.
    function _case(bytes32 seed, uint256 chunks) private pure returns (Case memory c) {
        uint256 random = uint256(keccak256(abi.encode(seed, "case")));
        c.shards = 4 + uint8(random) % 252;
        uint256 f = (c.shards - 1) / 3;
        uint256 most = 2048 * chunks * (c.shards - 2 * f) * (c.shards - f);
        c.length = 1 + (random >> 8) % (1 << 32) % (most < 1 << 27 ? most : 1 << 27);
        c.pair = uint8(random >> 40) % c.shards;
        c.side = (random >> 48) % 2;
        c.symbol = uint8(random >> 56) % (c.side == 0 ? c.shards - f : c.shards - 2 * f);
        c.chunk = uint32(random >> 64) % ((_symbolBytes(c.shards, c.length) + 2047) / 2048);
        _open(c, seed);
    }

    function test_verify_anyOpening_holds(bytes32 seed) public view {
        vm.assertTrue(_verify(_case(seed, 5)));
    }

    function test_verify_longestBatch_holds() public view {
        bytes32 seed = "longest";
        Case memory c;
        (c.shards, c.length, c.pair, c.side, c.symbol) = (4, 1 << 27, 3, 0, 2);
        c.chunk = 5_555;
        _open(c, seed);
        vm.assertTrue(_verify(c));
        // The last chunk is the short one.
        c.chunk = 10_922;
        _open(c, seed);
        vm.assertTrue(_verify(c));
    }

    function test_verify_lastOfAnyCommittee_holds(bytes32 seed, uint256 shards) public view {
        Case memory c;
        c.shards = _bound(shards, 4, 255);
        (c.length, c.pair) = (1, c.shards - 1);
        (c.side, c.symbol) = (0, c.shards - (c.shards - 1) / 3 - 1);
        _open(c, seed);
        vm.assertTrue(_verify(c));
        (c.side, c.symbol) = (1, c.shards - 2 * ((c.shards - 1) / 3) - 1);
        _open(c, seed);
        vm.assertTrue(_verify(c));
    }

    function test_verify_everyPositionMutated_fails() public view {
        Case memory c;
        (c.shards, c.length, c.pair, c.symbol, c.chunk) = (7, 70_000, 5, 2, 2);
        for (c.side = 0; c.side < 2; c.side++) {
            _open(c, "mutated");
            vm.assertTrue(_verify(c));
            for (uint256 i = 0; i < c.opening.length; i++) {
                bytes1 mask = bytes1(uint8(1 << (uint256(keccak256(abi.encode(i))) % 8)));
                c.opening[i] ^= mask;
                vm.assertFalse(_verify(c), vm.toString(i));
                c.opening[i] ^= mask;
            }
        }
    }

    function test_verify_anyMutation_fails(bytes32 seed, uint256 index, uint8 mask) public view {
        vm.assume(mask != 0);
        Case memory c = _case(seed, 3);
        c.opening[index % c.opening.length] ^= bytes1(mask);
        vm.assertFalse(_verify(c));
    }

    function test_verify_everyTruncation_fails() public view {
        Case memory c;
        (c.shards, c.length, c.pair, c.side, c.symbol) = (7, 900, 5, 1, 2);
        _open(c, "truncated");
        vm.assertTrue(_verify(c));
        bytes memory whole = c.opening;
        for (uint256 length = 0; length < whole.length; length++) {
            c.opening = new bytes(length);
            for (uint256 i = 0; i < length; i++) {
                c.opening[i] = whole[i];
            }
            vm.assertFalse(_verify(c));
        }
    }

    function test_verify_extended_fails(bytes32 seed, bytes memory more) public view {
        vm.assume(more.length > 0);
        Case memory c = _case(seed, 2);
        c.opening = bytes.concat(c.opening, more);
        vm.assertFalse(_verify(c));
    }

    function test_verify_anotherRoot_fails(bytes32 seed, bytes32 root) public view {
        Case memory c = _case(seed, 2);
        vm.assume(root != c.root);
        c.root = root;
        vm.assertFalse(_verify(c));
    }

    /// @dev The paths say where a leaf is only modulo the width of its tree, so each position has to be in bounds too.
    function test_verify_positionPastTheTree_fails(bytes32 seed) public view {
        Case memory c = _case(seed, 3);
        uint256 f = (c.shards - 1) / 3;
        uint256 pair = c.pair + _width(c.shards);
        uint256 symbol = c.symbol + _width(c.side == 0 ? c.shards - f : c.shards - 2 * f);
        uint256 chunk = c.chunk + _width((_symbolBytes(c.shards, c.length) + 2047) / 2048);
        if (pair < 256) vm.assertFalse(_verifyAt(c, pair, c.symbol, c.chunk));
        if (symbol < 256) vm.assertFalse(_verifyAt(c, c.pair, symbol, c.chunk));
        vm.assertFalse(_verifyAt(c, c.pair, c.symbol, chunk));
        vm.assertTrue(_verifyAt(c, c.pair, c.symbol, c.chunk));
    }

    function _width(uint256 leaves) private pure returns (uint256 width) {
        width = 1;
        while (width < leaves) width *= 2;
    }

    function _verifyAt(Case memory c, uint256 pair, uint256 symbol, uint256 chunk)
        private
        view
        returns (bool)
    {
        bytes memory opening = bytes.concat(c.opening);
        (opening[0], opening[2]) = (bytes1(uint8(pair)), bytes1(uint8(symbol)));
        for (uint256 i = 0; i < 4; i++) {
            opening[3 + i] = bytes4(uint32(chunk))[i];
        }
        return harness.verify(opening, c.root, c.shards, c.length);
    }

    function test_verify_paddingLeaf_fails(bytes32 seed) public view {
        // Pair 7 of 7 is padding: 32 zero bytes, which no bytes hash to.
        Case memory c;
        (c.shards, c.length, c.pair) = (7, 900, 6);
        _open(c, seed);
        c.opening[0] = 0x07;
        vm.assertFalse(_verify(c));
    }

    function test_verify_shapeOutOfRange_fails(bytes32 seed, uint256 shards, uint256 length) public view {
        Case memory c = _case(seed, 1);
        vm.assertFalse(harness.verify(c.opening, c.root, c.shards, 0));
        vm.assertFalse(
            harness.verify(c.opening, c.root, c.shards, _bound(length, (1 << 27) + 1, type(uint256).max))
        );
        vm.assertFalse(harness.verify(c.opening, c.root, _bound(shards, 0, 3), c.length));
        vm.assertFalse(harness.verify(c.opening, c.root, _bound(shards, 256, type(uint256).max), c.length));
    }

    function test_verify_anyBytes_fails(bytes memory opening, bytes32 root, uint256 shards, uint256 length)
        public
        view
    {
        vm.assertFalse(harness.verify(opening, root, shards, length));
        vm.assertFalse(harness.verify(opening, root, _bound(shards, 4, 255), _bound(length, 1, 1 << 27)));
        opening = bytes.concat(bytes7(0), opening);
        vm.assertFalse(harness.verify(opening, root, _bound(shards, 4, 255), _bound(length, 1, 1000)));
    }

    function test_verify_anyGas_neverFalse(bytes32 seed, uint256 gas_) public view {
        Case memory c = _case(seed, 2);
        bytes memory call = abi.encodeCall(harness.verify, (c.opening, c.root, c.shards, c.length));
        (bool success, bytes memory result) = address(harness).staticcall{gas: _bound(gas_, 0, 30_000)}(call);
        vm.assertTrue(!success || abi.decode(result, (bool)));
    }
}
