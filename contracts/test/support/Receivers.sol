// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IStakes} from "../../src/interfaces/IStakes.sol";

/// @notice Takes no ether.
contract Refuser {}

/// @notice Asks for its credit again while it is paid.
contract Greedy {
    IStakes private immutable stakes;
    uint256 public refusals;

    constructor(IStakes stakes_) {
        stakes = stakes_;
    }

    receive() external payable {
        try stakes.withdraw(address(this)) {}
        catch {
            refusals++;
        }
    }
}

/// @notice Calls another contract with what it is given.
contract Relay {
    function forward(address to, bytes calldata data) external payable {
        (bool success,) = to.call{value: msg.value}(data);
        require(success, "the call reverts");
    }
}
