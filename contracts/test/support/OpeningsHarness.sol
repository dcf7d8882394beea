// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Openings} from "../../src/libraries/Openings.sol";
import {IOpenings} from "./ILibraries.sol";

/// @notice Opens the internal library to tests, in Solidity and from outside.
contract OpeningsHarness is IOpenings {
    function verify(bytes calldata opening, bytes32 root, uint256 shards, uint256 length)
        external
        pure
        returns (bool)
    {
        return Openings.verify(opening, root, shards, length);
    }
}
