// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Calls with memory of its own, so that what a test has in memory does not weigh on what a call costs.
contract Meter {
    /// @notice The gas of a call, without that of a transaction around it.
    function measure(address to, bytes calldata data) external returns (bool ok, uint256 used) {
        assembly ("memory-safe") {
            let start := mload(0x40)
            calldatacopy(start, data.offset, data.length)
            used := gas()
            ok := call(gas(), to, 0, start, data.length, 0, 0)
            used := sub(used, gas())
        }
    }

    /// @notice The gas of a whole transaction whose execution takes `used` (EIP-2028, EIP-7623).
    function transaction(bytes calldata data, uint256 used) external pure returns (uint256) {
        uint256 zeros = 0;
        for (uint256 i = 0; i < data.length; i++) {
            if (data[i] == 0) zeros++;
        }
        uint256 tokens = zeros + 4 * (data.length - zeros);
        uint256 standard = 4 * tokens + used;
        uint256 floor = 10 * tokens;
        return 21_000 + (standard > floor ? standard : floor);
    }
}
