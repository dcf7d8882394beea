// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Encodes small batches sentence by sentence from protocol §1–3, and lets a test lie between coding and committing.
/// Schoolbook arithmetic, whole trees, no code of what is tested.
library Encoder {
    struct Encoded {
        uint256 n;
        uint256 r;
        uint256 c;
        uint256 s;
        uint256 length;
        /// @dev n row slivers of c symbols, n column slivers of r symbols.
        bytes[] rows;
        bytes[] columns;
        bytes32 root;
        bytes32[] pairLeaves;
        /// @dev What pads the trees of symbols, slivers and pairs. Zero in every batch.
        bytes32[3] pads;
    }

    /// @dev Shift and reduce, bit by bit.
    function times(uint256 a, uint256 b) internal pure returns (uint256 product) {
        unchecked {
            for (; b > 0; b >>= 1) {
                if (b & 1 == 1) product ^= a;
                a <<= 1;
                if (a > 255) a ^= 0x11d;
            }
        }
    }

    /// @dev a^254 = a^2·a^4·…·a^128.
    function inverse(uint256 a) internal pure returns (uint256 power) {
        power = 1;
        for (uint256 i = 0; i < 7; i++) {
            a = times(a, a);
            power = times(power, a);
        }
    }

    /// @dev L_i(t) over the points 0 … k − 1, as a textbook has it.
    function lagrange(uint256 k, uint256 i, uint256 t) internal pure returns (uint256 above) {
        above = 1;
        uint256 below = 1;
        for (uint256 j = 0; j < k; j++) {
            if (j == i) continue;
            above = times(above, t ^ j);
            below = times(below, i ^ j);
        }
        above = times(above, inverse(below));
    }

    /// @dev `count` symbols of `data` from symbol `first` on, `stride` symbols apart.
    function pick(bytes memory data, uint256 s, uint256 first, uint256 stride, uint256 count)
        internal
        pure
        returns (bytes memory picked)
    {
        picked = new bytes(count * s);
        for (uint256 i = 0; i < count; i++) {
            _copy(data, (first + i * stride) * s, picked, i * s, s);
        }
    }

    function _copy(bytes memory from, uint256 start, bytes memory to, uint256 end, uint256 length)
        private
        pure
    {
        require(start + length <= from.length && end + length <= to.length, "copy outside");
        assembly ("memory-safe") {
            mcopy(add(add(to, 32), end), add(add(from, 32), start), length)
        }
    }

    /// @dev The symbol at point t of the codeword that k symbols begin.
    function extend(bytes memory data, uint256 k, uint256 t) internal pure returns (bytes memory symbol) {
        uint256 s = data.length / k;
        symbol = new bytes(s);
        for (uint256 i = 0; i < k; i++) {
            uint256 factor = lagrange(k, i, t);
            for (uint256 b = 0; b < s; b++) {
                // Parity of many symbols is most of what tests take.
                unchecked {
                    symbol[b] ^= bytes1(uint8(times(factor, uint8(data[i * s + b]))));
                }
            }
        }
    }

    /// @dev Codes what `padded` holds, without committing to it.
    function code(uint256 n, uint256 length, bytes memory padded) internal pure returns (Encoded memory e) {
        uint256 f = (n - 1) / 3;
        (e.n, e.r, e.c, e.length) = (n, n - 2 * f, n - f, length);
        e.s = symbolBytes(n, length);
        e.rows = new bytes[](n);
        e.columns = new bytes[](n);
        for (uint256 i = 0; i < n; i++) {
            e.rows[i] = i < e.r ? pick(padded, e.s, i * e.c, 1, e.c) : extend(padded, e.r, i); // whole rows at once: the code works byte by byte
        }
        for (uint256 j = 0; j < n; j++) {
            e.columns[j] = j < e.c ? pick(padded, e.s, j, e.c, e.r) : _parityColumn(e, j);
        }
    }

    /// @dev What an honest disperser does.
    function encode(uint256 n, bytes memory batch) internal pure returns (Encoded memory e) {
        uint256 f = (n - 1) / 3;
        bytes memory padded = new bytes((n - 2 * f) * (n - f) * symbolBytes(n, batch.length));
        _copy(batch, 0, padded, 0, batch.length);
        e = code(n, batch.length, padded);
        commit(e);
    }

    function symbolBytes(uint256 n, uint256 length) internal pure returns (uint256) {
        uint256 f = (n - 1) / 3;
        uint256 step = 32 * (n - 2 * f) * (n - f);
        return 32 * ((length + step - 1) / step);
    }

    function commit(Encoded memory e) internal pure {
        e.pairLeaves = _pairLeaves(e);
        (e.root,) = _tree(e.pairLeaves, 0, e.pads[2]);
    }

    /// @dev The opening of protocol §3.
    function open(Encoded memory e, uint256 pair, uint256 side, uint256 symbol, uint256 chunk)
        internal
        pure
        returns (bytes memory opening)
    {
        bytes memory sliver = side == 0 ? e.rows[pair] : e.columns[pair];
        bytes memory cell = pick(sliver, e.s, symbol, 1, 1);
        bytes32[] memory leaves = _chunkLeaves(cell);
        opening =
            abi.encodePacked(uint8(pair), uint8(side), uint8(symbol), uint32(chunk), _chunk(cell, chunk));
        (, bytes memory path) = _tree(leaves, chunk, e.pads[0]);
        opening = bytes.concat(opening, path);
        (, path) = _tree(_symbolRoots(e, sliver), symbol, e.pads[1]);
        bytes memory other = side == 0 ? e.columns[pair] : e.rows[pair];
        opening = bytes.concat(opening, path, _sliverRoot(e, other));
        (, path) = _tree(e.pairLeaves, pair, e.pads[2]);
        opening = bytes.concat(opening, path);
    }

    function _parityColumn(Encoded memory e, uint256 j) private pure returns (bytes memory column) {
        for (uint256 i = 0; i < e.r; i++) {
            column = bytes.concat(column, extend(e.rows[i], e.c, j));
        }
    }

    function _pairLeaves(Encoded memory e) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](e.n);
        for (uint256 i = 0; i < e.n; i++) {
            leaves[i] = sha256(bytes.concat(hex"02", _sliverRoot(e, e.rows[i]), _sliverRoot(e, e.columns[i])));
        }
    }

    function _sliverRoot(Encoded memory e, bytes memory sliver) private pure returns (bytes32 root) {
        (root,) = _tree(_symbolRoots(e, sliver), 0, e.pads[1]);
    }

    function _symbolRoots(Encoded memory e, bytes memory sliver)
        private
        pure
        returns (bytes32[] memory roots)
    {
        roots = new bytes32[](sliver.length / e.s);
        for (uint256 i = 0; i < roots.length; i++) {
            (roots[i],) = _tree(_chunkLeaves(pick(sliver, e.s, i, 1, 1)), 0, e.pads[0]);
        }
    }

    function _chunkLeaves(bytes memory cell) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[]((cell.length + 2047) / 2048);
        for (uint256 i = 0; i < leaves.length; i++) {
            leaves[i] = sha256(bytes.concat(hex"00", _chunk(cell, i)));
        }
    }

    function _chunk(bytes memory cell, uint256 index) private pure returns (bytes memory chunk) {
        uint256 rest = cell.length - 2048 * index;
        chunk = new bytes(rest < 2048 ? rest : 2048);
        _copy(cell, 2048 * index, chunk, 0, chunk.length);
    }

    function _tree(bytes32[] memory leaves, uint256 index, bytes32 pad)
        private
        pure
        returns (bytes32, bytes memory path)
    {
        uint256 width = 1;
        while (width < leaves.length) width *= 2;
        bytes32[] memory level = new bytes32[](width);
        for (uint256 i = 0; i < width; i++) {
            level[i] = i < leaves.length ? leaves[i] : pad;
        }
        for (; width > 1; width /= 2) {
            path = bytes.concat(path, level[index ^ 1]);
            for (uint256 i = 0; i < width / 2; i++) {
                level[i] = sha256(bytes.concat(hex"01", level[2 * i], level[2 * i + 1]));
            }
            index /= 2;
        }
        return (level[0], path);
    }
}
