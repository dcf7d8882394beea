// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "./Vm.sol";

/// @notice What every test needs. Forge takes every contract with functions named test… for one.
abstract contract Test {
    /// @dev Where forge answers cheatcodes: the address of keccak256("hevm cheat code").
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev Maps any value into min … max.
    function _bound(uint256 value, uint256 min, uint256 max) internal pure returns (uint256) {
        uint256 size = max - min + 1;
        return size == 0 ? value : min + value % size;
    }
}
