// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Geometry} from "./Geometry.sol";
import {Headers} from "./Headers.sol";
import {Openings} from "./Openings.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice A read is at a multiple of 32 below the length of the batch.
error OffsetInvalid(uint256 offset, uint256 length);

/// @notice The opening does not lead to the batch's root, or is not at the place where it is asked for.
error OpeningInvalid();

/// @title What stands at an offset of a batch (protocol §7.4)
library Reads {
    /// @dev Where an offset of a batch lies in its encoding.
    struct Place {
        uint256 row;
        uint256 symbol;
        uint256 chunk;
        uint256 byteIndex;
    }

    /// @notice The bytes offset … min(offset + 32, length) of a batch.
    /// @param header The packed header, of a batch that can be.
    /// @param shards n, the shards of the header's committee.
    /// @param offset A multiple of 32 below the length.
    /// @param opening The opening of the chunk they are in, under its row.
    function word(bytes calldata header, uint256 shards, uint256 offset, bytes calldata opening)
        internal
        pure
        returns (bytes memory)
    {
        uint256 length = Headers.lengthOf(header);
        if (offset % Geometry.WORD_BYTES != 0 || offset >= length) revert OffsetInvalid(offset, length);

        (bool ok, Openings.Opened memory opened, bytes calldata data) =
            Openings.open(opening, Headers.batchRootOf(header), shards, length);
        Place memory place = placeOf(shards, length, offset);
        ok = ok && opened.side == Openings.ROW && opened.pair == place.row && opened.symbol == place.symbol
            && opened.chunk == place.chunk;
        if (!ok) revert OpeningInvalid();

        return data[place.byteIndex:place.byteIndex + Math.min(Geometry.WORD_BYTES, length - offset)];
    }

    /// @notice Where an offset lies. A batch is laid row by row into r rows of c symbols.
    function placeOf(uint256 shards, uint256 length, uint256 offset) internal pure returns (Place memory) {
        uint256 symbolBytes = Geometry.symbolBytes(shards, length);
        uint256 inSymbol = offset % symbolBytes;
        uint256 columns = Geometry.columns(shards);
        return Place({
            row: offset / symbolBytes / columns,
            symbol: offset / symbolBytes % columns,
            chunk: inSymbol / Geometry.CHUNK_BYTES,
            byteIndex: inSymbol % Geometry.CHUNK_BYTES
        });
    }
}
